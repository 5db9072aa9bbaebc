import type { Trunk } from "@branchline/core/allocation/Trunk"
import type { ControllerSettings } from "@branchline/core/controller/Settings"
import { type Difference, differenceKey, differences } from "@branchline/core/explain/Differences"
import { type Book, emptyBook, note } from "@branchline/core/explain/DifferencesBook"
import type { DifferencesFacts } from "@branchline/core/explain/DifferencesFacts"
import { sinceUnclaimed } from "@branchline/core/explain/DifferencesInterfaces"
import * as Texts from "@branchline/core/controller/Texts"
import { annotationOf } from "@branchline/core/controller/Ledger"
import type { LimitsTable } from "@branchline/core/limits/Limits"
import type { EniId } from "@branchline/core/model/Ids"
import { instanceIdOf } from "@branchline/core/model/Node"
import { isTerminal } from "@branchline/core/model/PodTraits"
import { Clock, Effect, type Scope } from "effect"
import type { Step } from "../dry-run/Plan.js"
import { lookAtEc2 } from "./Ec2Look.js"
import { groupsNow } from "./Groups.js"
import { leavingCniNodes, planLeft } from "./LeftPlan.js"
import { type NodePlan, planNode } from "./NodePlan.js"
import type { Ec2Looks } from "./ReadOnly.js"
import type { Saying, Standings } from "./Saying.js"
import type { Ec2Sight, Sight } from "./Sight.js"
import { keyOfStep, kindOfStep } from "./Steps.js"
import { waitingPods } from "./Waiting.js"
import type { Watched } from "./Watched.js"

/** How it is observed. Times are milliseconds. */
export interface ObserverOptions {
  readonly watched: Watched
  readonly ec2: Ec2Looks
  readonly limits: LimitsTable
  readonly settings: Pick<ControllerSettings, "clusterName" | "allocation" | "unmatched">
  readonly saying: Saying
  readonly lookEvery: number
  readonly summaryEvery: number
  /** Told how many differences of each kind there are after a look. */
  readonly onDifferences: (kinds: ReadonlyMap<string, number>) => void
}

/** What observes. */
export interface Observer {
  /** Whether EC2 has been read once. */
  readonly hasLooked: Effect.Effect<boolean>
  /** Says how things stand. */
  readonly sum: Effect.Effect<void>
}

/** Changes that come together are looked at together, milliseconds. */
const gathering = 200
/** What is new of nodes is looked up in EC2 so soon, milliseconds. */
const soon = 5_000
/** EC2 and the cluster are read at different moments: a difference is believed when two looks in a row have seen it. */
const believed = 2
/** Beyond the cooldown, for the calls and the look. */
const slack = 30_000
const patience = { annotation: 60_000, making: 30_000 }

const countBy = <A>(items: Iterable<A>, kind: (item: A) => string): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const item of items) counts.set(kind(item), (counts.get(kind(item)) ?? 0) + 1)
  return counts
}

/** Observes until the scope ends: looks at EC2 now and then, follows the cluster, and says what would be done and what differs. Nothing here has a way to write. */
export const observer = Effect.fnUntraced(function*(options: ObserverOptions): Effect.fn.Return<Observer, never, Scope.Scope> {
  const { ec2: looks, limits, lookEvery, onDifferences, saying, settings, summaryEvery, watched } = options
  const { admitting } = watched
  let ec2: Ec2Sight | undefined
  let unclaimedSince: ReadonlyMap<EniId, number> = new Map()
  let found: Book<Difference> = emptyBook
  let due: Book<Step> = emptyBook
  const plans = new Map<string, NodePlan>()
  const would = new Map<string, number>()
  let [mended, looked] = [0, 0]
  let everything = true

  const allocation = () => {
    const { cooldown } = admitting.configMap()
    return cooldown === undefined ? settings.allocation : { ...settings.allocation, cooldown }
  }
  const sightAt = (seen: Ec2Sight, now: number): Sight => ({
    cluster: watched,
    ec2: seen,
    rules: {
      clusterName: settings.clusterName,
      unmatched: settings.unmatched,
      limits,
      allocation: allocation(),
      groupsOf: (pod) => groupsNow(admitting, pod)
    },
    unclaimedSince,
    now
  })
  const factsAt = (seen: Ec2Sight, now: number): DifferencesFacts => ({
    clusterName: settings.clusterName,
    pods: [...watched.pods.values()].map((pod) => ({ pod, groups: groupsNow(admitting, pod), waitingSince: watched.waitingSince.get(pod.metadata.uid) })),
    nodes: [...watched.nodes.values()].map((node) => ({ node, cniNode: watched.cniNodes.get({ name: node.metadata.name }) })),
    instances: seen.instances,
    interfaces: seen.interfaces,
    unclaimedSince,
    limits,
    patience: { ...patience, cooling: allocation().cooldown + slack },
    now
  })

  const sayDifferences = Effect.fnUntraced(function*(seen: Ec2Sight) {
    const now = yield* Clock.currentTimeMillis
    const ended = watched.takeEnded()
    unclaimedSince = sinceUnclaimed(new Map([...unclaimedSince, ...ended]), factsAt(seen, now), now)
    const noted = note(found, differences(factsAt(seen, now)).map((what) => ({ key: differenceKey(what), what })), { believed, now })
    found = noted.book
    for (const one of noted.appeared) yield* saying.differs(one)
    for (const one of noted.over) yield* saying.mended(one, now)
    mended += noted.over.length
    onDifferences(countBy(found.standing.values(), ({ what }) => what._tag))
  })

  let trouble: string | undefined
  const look = Effect.gen(function*() {
    watched.takeNewNodes()
    const nodes = [...watched.nodes.values()].flatMap(({ spec }) => instanceIdOf(spec?.providerID ?? "") ?? [])
    const named = new Set([...watched.pods.values()].flatMap((pod) => isTerminal(pod) ? [] : annotationOf(pod)?.eniId ?? []))
    const wanted = { clusterName: settings.clusterName, instances: [...nodes, ...leavingCniNodes(watched).map(({ instanceId }) => instanceId)], interfaces: named }
    const outcome = yield* Effect.result(lookAtEc2(looks, wanted, yield* Clock.currentTimeMillis))
    if (outcome._tag === "Failure") {
      const why = Texts.ofEc2(outcome.failure)
      if (why !== trouble) yield* Effect.logWarning("EC2 cannot be looked at; what it had at the last look counts", why)
      trouble = why
      return
    }
    if (trouble !== undefined) yield* Effect.logInfo("EC2 can be looked at again")
    trouble = undefined
    ec2 = outcome.success
    looked++
    everything = true
    yield* sayDifferences(outcome.success)
    yield* watched.wake
  })

  const plan = (seen: Ec2Sight, now: number): ReadonlyArray<Step> => {
    const changed = watched.takeChanged()
    const sight = sightAt(seen, now)
    const all = everything || changed.everything
    everything = false
    for (const name of plans.keys()) if (watched.nodes.get({ name }) === undefined) plans.delete(name)
    for (const name of all ? [...watched.nodes.values()].map(({ metadata }) => metadata.name) : changed.nodes) plans.set(name, planNode(sight, name))
    const steps = [...[...plans.values()].flatMap((one) => one.steps), ...planLeft(sight, [...found.standing.values()].map(({ what }) => what))]
    const served = new Set(steps.flatMap((step) => step._tag === "Branch" || step._tag === "Waits" ? [step.pod] : []))
    const trunkOf = (nodeName: string): Trunk | undefined => plans.get(nodeName)?.trunk
    return [...steps, ...waitingPods(sight, admitting, trunkOf, served)]
  }

  const sayPlan = Effect.fnUntraced(function*(seen: Ec2Sight) {
    const now = yield* Clock.currentTimeMillis
    const noted = note(due, plan(seen, now).map((what) => ({ key: keyOfStep(what), what })), { believed: 1, now })
    due = noted.book
    for (const one of noted.over) yield* saying.settled(one, now)
    for (const one of noted.appeared) {
      if (one.what._tag !== "Waits") would.set(kindOfStep(one.what), (would.get(kindOfStep(one.what)) ?? 0) + 1)
      yield* saying.would(one)
    }
  })

  const looking = Effect.gen(function*() {
    for (;;) {
      const began = yield* Clock.currentTimeMillis
      yield* look
      for (;;) {
        const now = yield* Clock.currentTimeMillis
        const gap = watched.hasNewNodes() ? Math.min(soon, lookEvery) : lookEvery
        if (now - began >= gap) break
        yield* Effect.sleep(Math.min(gathering * 5, gap - (now - began)))
      }
    }
  })
  const telling = Effect.gen(function*() {
    for (;;) {
      yield* watched.changed
      yield* Effect.sleep(gathering)
      if (ec2 === undefined) watched.takeChanged()
      else yield* sayPlan(ec2)
    }
  })
  const sum = Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const waiting = [...due.standing.values()].filter(({ what }) => what._tag === "Waits").length
    const standings: Standings = {
      would,
      due: due.standing.size - waiting,
      waiting,
      differences: countBy(found.standing.values(), ({ what }) => what._tag),
      mended,
      looks: looked,
      sinceLook: ec2 === undefined ? 0 : now - ec2.at
    }
    return saying.summary(standings)
  })
  yield* Effect.forkScoped(looking)
  yield* Effect.forkScoped(telling)
  yield* Effect.forkScoped(Effect.forever(Effect.delay(sum, summaryEvery)))
  return { hasLooked: Effect.sync(() => ec2 !== undefined), sum }
})
