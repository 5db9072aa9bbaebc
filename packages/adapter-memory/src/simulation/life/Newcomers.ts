import { Effect, type Scope } from "effect"
import type { InstanceId } from "@branchline/core/model/Ids"
import { instanceIdTag } from "@branchline/core/model/Names"
import { record } from "../Journal.js"
import type { Book, PodRecord } from "../oracle/Book.js"
import { lateSight } from "../oracle/Manners.js"
import { branchesOf } from "../oracle/Room.js"
import { burst, mayFail, seconds } from "./Deed.js"
import * as Manifests from "./Manifests.js"
import type { Plan, World } from "./Plan.js"
import type { Stage } from "./Stage.js"

/** Their names begin so. */
const name = "newcomer"

/** So long before the others the pod comes whose policy names a group that there is not, seconds: a backoff has grown to its cap by then. */
const sooner = 120

/** Until everybody has seen a new policy, seconds. */
const untilSeen = 10

/** So long they live, seconds. */
const lives = 60

/** By then who comes is bound, and not served yet where anything keeps him waiting, milliseconds. */
const untilBound = 50

/** So many leave where that takes long, so that their places are given back just as the others come. */
const leavers = 8

/** From the first to the last, with what they leave behind: seconds of quiet that they need, beside twice the cooldown. */
const takes = untilSeen + sooner + lives + 60

/** Four calls make a branch and its annotation; where EC2 throttles, or answers late, each takes its time. Milliseconds. */
const within = ({ ec2: { latency, throttle } }: World, soon: number): number => latency === "tailed" || throttle !== "off" ? 4 * soon : soon

/** Whether the instance has no room for all who wait there: what was made for it and is not removed yet takes some. */
const isCrowded = ({ truth, living }: Book, instanceId: InstanceId): boolean => {
  const made = [...truth.interfaces()].filter(({ tags, type }) => type !== "trunk" && tags[instanceIdTag] === instanceId).length
  const waiting = [...living()].filter((pod) => pod.asks && pod.instanceId === instanceId && pod.details === undefined).length
  return made + waiting > branchesOf(truth.instanceOf(instanceId)?.instanceType ?? "")
}

/** Whether a trunk was deleted: where no sweep comes by nobody need have noticed, and what lies idle under it is given to who comes. */
const hasLostTrunk = ({ cluster, court: { book } }: Stage): boolean =>
  [...cluster.nodes.values()].some(({ instanceId }) => book.truth.trunkOf(instanceId) === undefined)

/** When at the latest everybody sees again what a watch that fell silent withheld, seconds of the life. */
const allSeeAt = (steps: Plan["steps"]): number =>
  Math.max(0, ...steps.flatMap((step) => step.do === "watches" && step.what === "silence" ? [step.at + lateSight / 1_000] : []))

/** Newcomers who are bound to a node with room and have no branch yet. */
const unserved = ({ court: { book }, excusedNodes }: Stage): ReadonlyArray<PodRecord> =>
  [...book.living()].filter(({ asks, details, instanceId, name: own }) =>
    own.includes(`/${name}-`) && asks && details === undefined && instanceId !== undefined && !isCrowded(book, instanceId) && !excusedNodes.has(instanceId))

/**
 * While all is well somebody comes: pods under a policy that was there all the time, and before them one whose policy named a group that there is not, and is mended now.
 * Answers who of them was not served soon. Nobody comes where a trunk is gone, no policy was there, or the quiet is too short.
 *
 * @param soon milliseconds, where EC2 is quick; `Infinity`: nobody comes
 * @param quiet milliseconds that are left
 */
export const newcomers = Effect.fnUntraced(function*(stage: Stage, steps: Plan["steps"], soon: number, quiet: number): Effect.fn.Return<ReadonlyArray<string>, never, Scope.Scope> {
  const { cluster, court } = stage
  const app = steps.find((step) => step.do === "policy")?.app
  const unseen = Math.max(0, seconds(allSeeAt(steps) - untilSeen - sooner) - court.age())
  const isTime = quiet >= unseen + seconds(takes) + 2 * court.book.cooldown()
  if (app === undefined || !Number.isFinite(soon) || !isTime || hasLostTrunk(stage)) return []
  const late = `${name}-late`
  court.troubled()
  yield* Effect.sleep(unseen)
  yield* record("a pod comes whose policy names a group that there is not")
  yield* mayFail(cluster.apply(Manifests.policyOfNone(late)))
  yield* Effect.sleep(seconds(untilSeen))
  yield* burst(stage, [Manifests.pod(late, late)], sooner + lives)
  if (stage.world.ec2.releases === "slow") {
    const stay = sooner - court.book.cooldown() / 1_000 - 5
    yield* burst(stage, Manifests.pods("leaver", app, leavers), Math.max(1, stay))
  }
  yield* Effect.sleep(seconds(sooner))
  yield* record("newcomers come, and the policy is mended")
  yield* mayFail(cluster.apply(Manifests.policy(late, [0])))
  yield* burst(stage, [1, 2].map((index) => Manifests.pod(`${name}-${index}`, app)), lives)
  const after = within(stage.world, soon)
  // Who comes to a full node waits, and may wait still when there is room.
  yield* Effect.sleep(Math.min(untilBound, after))
  const had = new Set(unserved(stage).map(({ uid }) => uid))
  yield* Effect.sleep(Math.max(0, after - untilBound))
  return unserved(stage).filter(({ uid }) => had.has(uid)).map((pod) => `${pod.name} of ${pod.nodeName} is not served within ${after / 1_000} s`)
})
