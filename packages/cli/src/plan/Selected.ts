import { foundOf, isKnown } from "../cluster/Found.js"
import type { Look } from "../cluster/Look.js"
import type { Given } from "./Given.js"
import { grouped } from "./Grouped.js"
import type { Judged } from "./Judge.js"
import type { Plan } from "./Plan.js"
import type { BareChange, PolicyChange } from "./Policies.js"
import type { LivePod } from "./Running.js"
import { matchedBy, undecidedBy } from "./Sides.js"

const nameOf = (namespace: string, policy: string): string => `${namespace}/${policy}`

/** What selects whom, by `namespace/policy`. */
interface Tally {
  readonly pods: Map<string, number>
  readonly workloads: Map<string, Array<string>>
  readonly undecided: Map<string, number>
  /** Policies that select some of the same pods. */
  readonly beside: Map<string, Set<string>>
}

const add = (counts: Map<string, number>, names: ReadonlyArray<string>, count: number): void => {
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + count)
}

const tallyOf = (live: ReadonlyArray<LivePod>, judged: ReadonlyArray<Judged>): Tally => {
  const tally: Tally = { pods: new Map(), workloads: new Map(), undecided: new Map(), beside: new Map() }
  const meet = (namespace: string, policies: ReadonlyArray<string>): void => {
    for (const policy of policies) {
      const others = tally.beside.get(nameOf(namespace, policy)) ?? new Set()
      tally.beside.set(nameOf(namespace, policy), others)
      for (const other of policies) if (other !== policy) others.add(other)
    }
  }
  for (const [selection, alike] of grouped(live, ({ after }) => after)) {
    const { namespace } = selection.pod
    const names = (policies: ReadonlyArray<string>): ReadonlyArray<string> => policies.map((policy) => nameOf(namespace, policy))
    add(tally.pods, names(matchedBy(selection)), alike.length)
    add(tally.undecided, names(undecidedBy(selection)), alike.length)
    meet(namespace, matchedBy(selection))
  }
  for (const { admitted: { outcome, policies, selection }, workload: { key, namespace } } of judged) {
    for (const policy of policies) {
      const name = nameOf(namespace, policy)
      const workloads = tally.workloads.get(name) ?? []
      tally.workloads.set(name, workloads)
      workloads.push(key)
    }
    if (outcome === "undecided") add(tally.undecided, undecidedBy(selection).map((policy) => nameOf(namespace, policy)), 1)
    meet(namespace, policies)
  }
  return tally
}

/** The changes of policies, with whom they select once the manifests are applied. */
export const policiesOfPlan = (after: Look, changes: ReadonlyArray<BareChange>, live: ReadonlyArray<LivePod>, judged: ReadonlyArray<Judged>): ReadonlyArray<PolicyChange> => {
  const tally = tallyOf(live, judged)
  return changes.map((change) => {
    const name = nameOf(change.namespace, change.name)
    return {
      ...change,
      selects: {
        pods: tally.pods.get(name) ?? 0,
        workloads: tally.workloads.get(name) ?? [],
        undecided: tally.undecided.get(name) ?? 0,
        known: isKnown(after.cluster.pods, change.namespace)
      },
      overlaps: [...tally.beside.get(name) ?? []].sort()
    }
  })
}

/** The service accounts whose labels change. */
export const accountsOfPlan = (before: Look, { accounts }: Given): Plan["serviceAccounts"] =>
  accounts.flatMap(({ metadata: { labels, name, namespace } }): Plan["serviceAccounts"] => {
    const old = foundOf(before.cluster.serviceAccounts, name, namespace)
    if (old === undefined) return []
    const [was, is] = [old === "absent" ? {} : old.metadata.labels ?? {}, labels ?? {}]
    const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter((key) => was[key] !== is[key]).sort()
    return old !== "absent" && keys.length === 0 ? [] : [{
      name: `${namespace}/${name}`,
      change: old === "absent" ? "added" : "changed",
      labels: keys.map((key) => `${key}: ${was[key] ?? "none"} → ${is[key] ?? "none"}`)
    }]
  })
