import { podEni } from "@branchline/core/model/Names"
import { pods as podResource } from "@branchline/core/model/Resource"
import { type Duration, Duration as Durations, Effect } from "effect"
import { expect } from "vitest"
import type { Snapshot } from "../../src/ec2/Control.js"
import type { ObservationKind } from "../../src/ec2/Observations.js"
import { type Document, nameOf, objectsAt, textAt } from "../../src/kubernetes/Document.js"
import type { Violation } from "../../src/kubernetes/kubelet/Violations.js"
import { eventually } from "../../src/simulation/Waiting.js"
import { detailsOf, isLiving, isOurs } from "./Witness.js"
import { group, type World } from "./World.js"

/** What a scenario allows itself at its end. */
export interface Peace {
  /** How long until everything that is not needed any more is gone. Default 3 minutes: the cooldown, a backoff at its cap, and some. */
  readonly within?: Duration.Input
  /** How long at most an interface may have been there without a pod at any time. Default 3 minutes. */
  readonly unowned?: Duration.Input
  /** The groups that a pod's policies give it. Default those of `World.group`. */
  readonly groups?: (pod: Document) => ReadonlyArray<string>
  /** Pods that are not served, and the event that tells each why. */
  readonly told?: Readonly<Record<string, RegExp>>
  /** What EC2 may have seen besides, because the scenario is about it. */
  readonly observed?: ReadonlyArray<ObservationKind>
  /** What the nodes may have seen, because the scenario itself brought it about. */
  readonly violated?: (violation: Violation) => boolean
}

const wantsBranch = (pod: Document): boolean =>
  objectsAt(pod, "spec", "containers").some((container) => textAt(container, "resources", "limits", podEni) !== undefined)

const trunksOf = ({ instances }: Snapshot): ReadonlyArray<string> =>
  instances.flatMap(({ attachments, state }) =>
    state === "running" ? attachments.filter(({ type }) => type === "trunk").map(({ eniId }) => eniId) : [])

const allPods = (world: World) => Effect.map(Effect.orDie(world.admin.list(podResource)), ({ items }) => items)

/** The controller's interfaces that EC2 holds, against those that it should hold: the trunks and the living pods' branches. */
const holdings = Effect.fnUntraced(function*(world: World) {
  const living = (yield* allPods(world)).filter(isLiving)
  const snapshot = yield* world.ec2.control.snapshot
  const branches = living.flatMap((pod) => detailsOf(pod)?.eniId ?? [])
  return {
    held: snapshot.interfaces.filter(isOurs).map(({ eniId }) => eniId).sort(),
    owned: [...trunksOf(snapshot), ...branches].sort(),
    trunks: trunksOf(snapshot).length
  }
})

/** Every living pod that asked for a branch runs on one that EC2 has under its node's trunk, with the groups its policies gave, or was told why not. */
const served = Effect.fnUntraced(function*(world: World, { groups = () => [group], told = {} }: Peace) {
  const snapshot = yield* world.ec2.control.snapshot
  for (const pod of (yield* allPods(world)).filter((one) => isLiving(one) && wantsBranch(one))) {
    const name = nameOf(pod)
    const why = told[name]
    if (why !== undefined) {
      const messages = (yield* world.events(name)).map(({ message, reason }) => `${reason}: ${message}`)
      expect(messages.some((message) => why.test(message)), `${name} is told ${why}: ${messages.join(" | ")}`).toBe(true)
      continue
    }
    const details = detailsOf(pod)
    const node = world.nodes.get(textAt(pod, "spec", "nodeName") ?? "")
    const trunk = snapshot.instances.find(({ instanceId }) => instanceId === node?.instanceId)?.attachments.find(({ type }) => type === "trunk")
    const association = snapshot.associations.find(({ branchId }) => branchId === details?.eniId)
    const branch = snapshot.interfaces.find(({ eniId }) => eniId === details?.eniId)
    expect({
      name,
      phase: textAt(pod, "status", "phase"),
      address: textAt(pod, "status", "podIP"),
      trunkId: association?.trunkId,
      vlanId: association?.vlanId,
      groups: [...(branch?.groups ?? [])].sort()
    }).toEqual({
      name,
      phase: "Running",
      address: details?.privateIp ?? "an annotation that can be read",
      trunkId: trunk?.eniId ?? "a trunk on its node",
      vlanId: details?.vlanId,
      groups: [...groups(pod)].sort()
    })
  }
})

/**
 * What holds at the end of every scenario, once the trouble is over: after a while EC2 holds exactly the trunks and the living pods' branches;
 * no VLAN id was held twice, no living pod's branch touched, nothing cooled too short; every pod is served, or told exactly why not.
 */
export const atPeace = Effect.fnUntraced(function*(world: World, peace: Peace = {}) {
  const look = Effect.map(holdings(world), ({ held, owned, trunks }) =>
    trunks > 0 && held.join() === owned.join() ? true : undefined)
  const settled = yield* Effect.result(eventually("EC2 holds what it should", look, { within: peace.within ?? "3 minutes", every: "1 second" }))
  if (settled._tag === "Failure") {
    const { held, owned } = yield* holdings(world)
    expect(held, "EC2 holds exactly the trunks and the living pods' branches").toEqual(owned)
  }
  // The witness has to have looked once more.
  yield* Effect.sleep("2 seconds")
  yield* world.inspectLinks
  expect(world.violations.filter((violation) => peace.violated?.(violation) !== true)).toEqual([])
  expect(world.witness.wrongs).toEqual([])
  // Deleting an associated branch directly is right where nobody knows the association any more (contract §6).
  const allowed = new Set<string>(["associated-branch-deleted", ...peace.observed ?? []])
  expect((yield* world.ec2.observations).filter(({ kind }) => !allowed.has(kind))).toEqual([])
  expect(world.witness.longestUnowned()).toBeLessThanOrEqual(Durations.toMillis(peace.unowned ?? "3 minutes"))
  yield* served(world, peace)
})

/** Waits until a node's allocatable offers branches. */
export const offering = (world: World, nodeName: string) =>
  eventually(`${nodeName} offers branches`, Effect.map(world.node(nodeName), (node) =>
    Number(textAt(node ?? {}, "status", "allocatable", podEni) ?? "0") > 0 ? true : undefined))

/** Waits until every node offers branches. */
export const ready = (world: World) => Effect.forEach([...world.nodes.keys()], (name) => offering(world, name), { discard: true })
