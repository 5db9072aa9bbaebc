import type { PodRecord } from "./Book.js"
import { securityGroupPolicies } from "@branchline/core/model/Resource"
import * as PolicyIndex from "@branchline/core/selection/PolicyIndex"
import { groupsFor } from "@branchline/core/selection/Selection"
import { labelsOf, nameOf, namespaceOf, textAt } from "../../kubernetes/Document.js"
import type { Change } from "../../kubernetes/Store.js"
import type { Book } from "./Book.js"
import type { Oracle } from "./Oracle.js"

/** What selected pods from `since` on, clock milliseconds. */
interface Epoch {
  readonly since: number
  readonly policies: PolicyIndex.PolicyIndex
  readonly accounts: ReadonlyMap<string, Readonly<Record<string, string>>>
}

const text = (groups: ReadonlyArray<string>): string => [...groups].sort().join(" ")

const nextEpoch = ({ accounts, policies }: Epoch, { after, kind, object }: Change, since: number): Epoch | undefined => {
  const [namespace = "", name] = [namespaceOf(object), nameOf(object)]
  if (kind.plural === "securitygrouppolicies") {
    const decoded = after === undefined ? undefined : securityGroupPolicies.decode(after)
    return {
      since,
      accounts,
      policies: decoded?._tag === "Success" ? PolicyIndex.upsert(policies, decoded.success) : PolicyIndex.remove(policies, { namespace, name })
    }
  }
  if (kind.plural === "serviceaccounts") {
    const others = [...accounts].filter(([key]) => key !== `${namespace}/${name}`)
    return { since, policies, accounts: new Map(after === undefined ? others : [...others, [`${namespace}/${name}`, labelsOf(after)]]) }
  }
  return undefined
}

/** The groups of the node's own interface, which a pod gets that no policy selects (contract §3). */
const nodeGroups = ({ truth }: Book, { instanceId }: PodRecord): ReadonlyArray<string> => {
  const primary = instanceId === undefined ? undefined : truth.instanceOf(instanceId)?.attachments.find(({ deviceIndex }) => deviceIndex === 0)
  return (primary === undefined ? undefined : truth.interfaceOf(primary.eniId)?.groups) ?? []
}

/**
 * A branch has exactly the groups that the policies gave its pod at some moment between `patience` (milliseconds) before the pod was bound and its
 * annotation: a controller may see a policy late, and what happens while every call is refused not before that is over, but it may not mix.
 */
export const rightGroups = (patience: number): Oracle => {
  let epochs: ReadonlyArray<Epoch> = [{ since: 0, policies: PolicyIndex.empty, accounts: new Map() }]
  const given = ({ accounts, policies }: Epoch, { document }: PodRecord): ReadonlyArray<string> => {
    const namespace = namespaceOf(document) ?? ""
    const account = accounts.get(`${namespace}/${textAt(document, "spec", "serviceAccountName") ?? "default"}`)
    return groupsFor(policies, { namespace, labels: labelsOf(document) }, account === undefined ? { _tag: "Absent" } : { _tag: "Present", labels: account })
  }
  return {
    name: "a branch has exactly the groups that the pod's policies give",
    change: (change, book) => {
      const last = epochs.at(-1)
      const next = last === undefined ? undefined : nextEpoch(last, change, book.now())
      if (next !== undefined) epochs = [...epochs, next]
      return undefined
    },
    pod: (pod, before, book) => {
      if (pod.details === undefined || before?.details !== undefined || !pod.living) return undefined
      const found = book.truth.interfaceOf(pod.details.eniId as Parameters<Book["truth"]["interfaceOf"]>[0])
      if (found === undefined) return undefined
      const boundAt = pod.boundAt ?? 0
      // Who is refused every call sees nothing meanwhile.
      const sees = boundAt <= book.outUntil() + patience ? Math.min(boundAt, book.outFrom()) : boundAt
      const from = sees - patience
      const seen = epochs.filter((_, index) => (epochs[index + 1]?.since ?? Infinity) >= from)
      // Two watches: one may lag behind the other.
      const possible = seen.flatMap((epoch) => seen.map(({ accounts }) => {
        const groups = given({ ...epoch, accounts }, pod)
        return text(groups.length === 0 ? nodeGroups(book, pod) : groups)
      }))
      return possible.includes(text(found.groups))
        ? undefined
        : `${pod.name}: ${found.eniId} has [${text(found.groups)}], its policies gave it ${[...new Set(possible)].map((one) => `[${one}]`).join(" or ")}`
    }
  }
}
