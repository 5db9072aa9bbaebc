import { cniNodes, nodes as nodeResource, pods as podResource } from "@branchline/core/model/Resource"
import { Effect, type Latch } from "effect"
import { deployments, jobs, statefulSets } from "../../cluster/WorkloadPlan.js"
import { type Document, nameOf, objectsAt, textAt } from "../../kubernetes/Document.js"
import { record } from "../Journal.js"
import { clear } from "../perturb/Sight.js"
import { below } from "../Streams.js"
import { beside, burst, crash, type Deed, evict, keyOf, lasting, mayFail, onNode, podsNow, ruled, seconds, some } from "./Deed.js"
import { blackout } from "./deeds/Blackout.js"
import { blind } from "./deeds/Blind.js"
import { deleteCniNode } from "./deeds/CniNode.js"
import { group } from "./deeds/Group.js"
import { lost } from "./deeds/Lost.js"
import { outage } from "./deeds/Outage.js"
import { reregister } from "./deeds/Reregister.js"
import { rival } from "./deeds/Rival.js"
import { spoil } from "./deeds/Spoil.js"
import { stray } from "./deeds/Stray.js"
import { deleteTrunk } from "./deeds/Trunk.js"
import { unmake } from "./deeds/Unmake.js"
import { unread } from "./deeds/Unread.js"
import * as Manifests from "./Manifests.js"
import { isTrouble, lingeringSeconds, type Step, type StepKind, type StepOf } from "./Plan.js"
import type { Stage } from "./Stage.js"

type Deeds = { readonly [Kind in StepKind]: (step: StepOf<Kind>, stage: Stage) => Deed }

const workloads = [deployments, statefulSets, jobs]

const isOf = (name: string) => (pod: Document): boolean =>
  nameOf(pod).startsWith(`${name}-`) &&
  (objectsAt(pod, "metadata", "ownerReferences").length === 0 || objectsAt(pod, "metadata", "ownerReferences").some((owner) => textAt(owner, "name") === name))

/** Now, or as soon as it can be. */
const whenOpen = (latch: Latch.Latch, deed: () => Deed): Deed =>
  Effect.suspend(() => latch.isOpen() ? deed() : beside(Effect.andThen(latch.await, Effect.suspend(deed))))

/** The Node is taken off the schedule, or put on it again. */
const cordon = ({ cluster }: Stage, name: string, unschedulable: boolean) =>
  mayFail(cluster.admin.patch(nodeResource, { name }, { _tag: "merge", patch: { spec: { unschedulable: unschedulable ? true : null } } }))

const named = (name: string, pods: number): ReadonlyArray<string> => Array.from({ length: pods }, (_, index) => `${name}-${index}`)

const deeds: Deeds = {
  burst: ({ app, lives, name, pods }, stage) => burst(stage, Manifests.pods(name, app, pods), lives),
  pinned: ({ app, lives, name, node, pods }, stage) =>
    Effect.suspend(() => {
      const found = stage.nodeAt(node)
      return found === undefined ? Effect.void : burst(stage, named(name, pods).map((one) => Manifests.pinned(one, app, found.nodeName)), lives)
    }),
  deployment: (step, { cluster }) => mayFail(cluster.apply(Manifests.deployment(step))),
  statefulset: (step, { cluster }) => mayFail(cluster.apply(Manifests.statefulSet(step))),
  job: (step, { cluster }) => mayFail(cluster.apply(Manifests.job(step))),
  scale: ({ name, replicas }, { cluster }) =>
    Effect.forEach([deployments, statefulSets], (place) =>
      mayFail(cluster.admin.patch(place, { namespace: "default", name }, { _tag: "merge", patch: { spec: { replicas } } })), { discard: true }),
  roll: ({ name }, stage) =>
    Effect.gen(function*() {
      const old = (yield* podsNow(stage)).filter(isOf(name))
      // From the highest ordinal to the lowest, one after the other, as both kinds do by default.
      yield* Effect.forkScoped(Effect.forEach([...old].reverse(), (pod) => Effect.andThen(evict(stage, pod), Effect.sleep("3 seconds")), { discard: true }))
    }),
  remove: ({ name }, stage) =>
    Effect.gen(function*() {
      for (const place of workloads) yield* mayFail(stage.cluster.admin.delete(place, { namespace: "default", name }))
      for (const pod of (yield* podsNow(stage)).filter(isOf(name))) yield* evict(stage, pod)
    }),
  evict: ({ pods }, stage) =>
    Effect.flatMap(podsNow(stage), (all) => Effect.forEach(some(stage, all, pods), (pod) => evict(stage, pod), { discard: true })),
  drain: ({ node, takes }, stage) =>
    Effect.gen(function*() {
      const found = stage.nodeAt(node)
      if (found === undefined) return
      yield* cordon(stage, found.nodeName, true)
      for (const pod of (yield* podsNow(stage)).filter((one) => onNode(one, found.nodeName))) yield* evict(stage, pod)
      yield* Effect.forkScoped(Effect.andThen(Effect.sleep(seconds(takes)), cordon(stage, found.nodeName, false)))
    }),
  join: (_, { cluster }) => mayFail(cluster.addNode()),
  spot: ({ node }, { cluster, nodeAt }) =>
    Effect.suspend(() => {
      const found = nodeAt(node)
      if (found === undefined || cluster.nodes.size <= 1) return Effect.void
      return beside(Effect.andThen(Effect.sleep("2 minutes"), mayFail(cluster.terminateNode(found.nodeName))))
    }),
  replace: ({ keepsPods = false, lingers = false, node }, { cluster, nodeAt, room }) =>
    whenOpen(room, () => {
      const found = nodeAt(node)
      if (found === undefined) return Effect.void
      const handover = mayFail(cluster.replaceNode(found.nodeName, { keepsPods, lingers }))
      // What hangs while it shuts down is shut down in the end.
      const ends = Effect.andThen(Effect.sleep(seconds(lingeringSeconds)), mayFail(cluster.ec2.control.terminateInstance(found.instanceId)))
      return lingers ? Effect.andThen(handover, beside(ends)) : handover
    }),
  reregister,
  kubelet: ({ node }, { nodeAt }) =>
    Effect.suspend(() => {
      const found = nodeAt(node)
      return found === undefined ? Effect.void : mayFail(found.kubelet.register)
    }),
  policy: ({ app, groups }, { cluster }) => mayFail(cluster.apply(Manifests.policy(app, groups))),
  account: ({ label }, { cluster }) => mayFail(cluster.apply(Manifests.account(label))),
  label: ({ pods }, stage) =>
    Effect.flatMap(podsNow(stage), (all) =>
      Effect.forEach(some(stage, all, pods), (pod) =>
        mayFail(stage.cluster.admin.patch(podResource, keyOf(pod), {
          _tag: "merge",
          patch: { metadata: { labels: { touched: String(below(stage.chance, 1_000)) } } }
        })), { discard: true })),
  config: ({ cooldown }, { cluster, court }) => {
    // Shorter for some branches than for others while the change is on its way: the shorter one is what may be held against anybody.
    const before = court.book.cooldown()
    court.setCooldown(Math.min(before, cooldown * 1_000))
    return mayFail(cluster.apply(Manifests.configMap(cooldown)))
  },

  crash: ({ after, down, replica, side }, { replicaAt }) => crash(replicaAt(replica), { after, side }, down),
  freeze: ({ lasts, replica }, stage) => {
    const one = stage.replicaAt(replica)
    stage.struck("freeze")
    return lasting(lasts, one.freeze, one.thaw)
  },
  partition: ({ from, lasts, replica }, stage) => {
    const { partition } = stage.replicaAt(replica)
    const sides = [...(from === "ec2" ? [] : [partition.kubernetes]), ...(from === "kubernetes" ? [] : [partition.ec2])]
    stage.struck("partition")
    return lasting(
      lasts,
      Effect.forEach(sides, ({ cut }) => cut, { discard: true }),
      Effect.forEach(sides, ({ heal }) => heal, { discard: true })
    )
  },
  clock: ({ ahead, replica }, stage) => {
    stage.struck("clock")
    return stage.replicaAt(replica).setClock(seconds(ahead))
  },
  sight: ({ coalesce, lag, lasts, reorder, replica, stale }, stage) => {
    const { sight } = stage.replicaAt(replica)
    const set = (to: Parameters<typeof Object.assign>[1]) => Effect.sync(() => void Object.assign(sight, to))
    stage.struck("sight")
    return lasting(lasts, set({ lag: seconds(lag), stale: seconds(stale), coalesce: seconds(coalesce), reorder: seconds(reorder) }), set(clear()))
  },
  watches: ({ what }, { cluster: { kubernetes: { watches } }, struck }) => {
    struck("watches")
    switch (what) {
      case "close":
        return watches.breakWatches()
      case "expire":
        return Effect.andThen(watches.compact, watches.breakWatches({ _tag: "Expired" }))
      case "silence":
        return watches.silenceWatches()
      case "repeat":
        return watches.replayWatches(20)
    }
  },
  ec2: ({ lasts, operation, reason = "Throttled", share, when }, stage) => {
    const on = { port: "ec2", operation: operation as "*" } as const
    return ruled(stage, lasts, when === "after" ? { on, when, probability: share } : { on, when, reason: { _tag: reason }, probability: share })
  },
  kubernetes: ({ lasts, plural, reason = "Unavailable", share, verb, when }, stage) => {
    const on = { port: "kubernetes", operation: verb, match: plural === undefined ? undefined : { plural } } as const
    const why = reason === "TooManyRequests" ? { _tag: reason, retryAfter: undefined } : { _tag: reason }
    return ruled(stage, lasts, when === "after" ? { on, when, probability: share } : { on, when, reason: why, probability: share })
  },
  webhooks: ({ lasts }, stage) => {
    stage.struck("webhooks")
    return lasting(lasts, Effect.sync(() => stage.setDeaf(true)), Effect.sync(() => stage.setDeaf(false)))
  },
  subnet: ({ lasts }, stage) => {
    const { cluster: { ec2, subnets } } = stage
    const subnetId = subnets[0]?.subnetId ?? ""
    stage.struck("subnet")
    return lasting(
      lasts,
      Effect.andThen(mayFail(ec2.control.setFreeAddresses(subnetId, 0)), Effect.sync(() => stage.room.closeUnsafe())),
      Effect.andThen(mayFail(ec2.control.setFreeAddresses(subnetId, Infinity)), Effect.sync(() => stage.room.openUnsafe()))
    )
  },
  trunk: ({ node }, stage) => deleteTrunk(node, stage),
  cninode: ({ node }, stage) => deleteCniNode(node, stage),
  feature: ({ node }, stage) =>
    Effect.suspend(() => {
      const found = stage.nodeAt(node)
      if (found === undefined) return Effect.void
      stage.excusedNodes.add(found.instanceId)
      stage.struck("feature")
      return mayFail(stage.cluster.admin.patch(cniNodes, { name: found.nodeName }, { _tag: "merge", patch: { spec: { features: [] } } }))
    }),
  outage,
  blackout,
  spoil,
  text: ({ value }, { cluster, court, struck }) => {
    struck("text")
    // What is a number and below 30 becomes 30 s (contract §6).
    if (value !== "" && Number(value) < 30) court.setCooldown(Math.min(court.book.cooldown(), 30_000))
    return mayFail(cluster.apply(Manifests.configMap(value)))
  },
  stray,
  rival,
  blind,
  unread,
  unmake,
  lost,
  group
}

const words = ({ at: _at, do: kind, ...rest }: Step): string => `${kind} ${JSON.stringify(rest)}`

/** Does what the step says. What it begins ends by itself; the scope is the life's. */
export const act = (step: Step, stage: Stage): Deed => {
  // The table has the right deed for each kind; only the compiler cannot follow.
  const deed = deeds[step.do] as (step: Step, stage: Stage) => Deed
  return Effect.andThen(record(`${isTrouble(step) ? "TROUBLE" : "step"}: ${words(step)}`), Effect.suspend(() => deed(step, stage)))
}
