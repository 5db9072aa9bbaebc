import { Ec2Error } from "@branchline/core/ports/Ec2Error"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { type Sight, startSeeing } from "./Blurred.js"
import * as Manifests from "./Manifests.js"
import * as Oracles from "./Oracles.js"
import { seeds } from "./Scenario.js"
import * as Seen from "./Seen.js"

const options = { nodes: 1, ec2: { latency: { min: "50 millis", max: "300 millis" }, attachDelay: "2 seconds" } } as const

/** So many answers after an attachment are empty, or show the instance without it, in turns. */
const blurredAnswers = 6

/** EC2 attaches, and then does not show it yet. */
const blurredAfterAttaching = (): Sight => {
  let left = 0
  return (ec2) => ({
    ...ec2,
    attachTrunk: (trunk) => Effect.tap(ec2.attachTrunk(trunk), () => Effect.sync(() => void (left = blurredAnswers))),
    describeInstances: (ids) =>
      Effect.map(ec2.describeInstances(ids), (found) => {
        if (left === 0) return found
        left--
        return left % 2 === 0 ? [] : found.map((one) => ({ ...one, attachments: one.attachments.filter(({ type }) => type !== "trunk") }))
      })
  })
}

/** EC2 attaches, and then refuses a few times to say what hangs on it. */
const silentAfterAttaching = (): Sight => {
  let left = 0
  const refusal = new Ec2Error({ action: "DescribeNetworkInterfaces", code: "ServiceUnavailable", reason: { _tag: "Unavailable" }, message: "not now" })
  return (ec2) => ({
    ...ec2,
    attachTrunk: (trunk) => Effect.tap(ec2.attachTrunk(trunk), () => Effect.sync(() => void (left = 3))),
    describeInterfaces: (filter) => Effect.suspend(() => left-- > 0 ? Effect.fail(refusal) : ec2.describeInterfaces(filter))
  })
}

describe("The wait for a trunk's attachment", () => {
  // Guarded by: controller/TrunkSetup.ts, awaitAttached, which looks on whatever an answer lacks: the attachment, or the whole instance; and
  // findMade, by which a look that missed it makes no second trunk.
  it("gets an empty answer, and one without the trunk: it goes on, and nobody is told of trouble", () => {
    seeds(10, options, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        yield* startSeeing(world, blurredAfterAttaching())
        const { nodeName } = yield* world.addNode()
        yield* Oracles.offering(world, nodeName)
        yield* world.apply(Manifests.pod("web-0", { spec: { nodeName } }))
        yield* world.waitForPhase("web-0", "Running")
        for (const reason of ["TrunkENICreationFailed", "TrunkENILookupFailed", "NodeTrunkFailedInit"]) {
          expect(yield* Seen.messages(world, nodeName, reason), reason).toEqual([])
        }
        expect(yield* Seen.messages(world, nodeName, "NodeTrunkInitiated")).toHaveLength(1)
        // One for each node, and none that EC2 refused to attach.
        const made = yield* Seen.calls(world, { action: "AttachNetworkInterface" })
        expect(made.map(({ outcome }) => outcome._tag)).toEqual(["done", "done"])
        expect(yield* Seen.calls(world, { action: "AssociateTrunkInterface", code: "InvalidNetworkInterfaceID.NotFound" })).toEqual([])
        yield* Oracles.atPeace(world)
      }))
  })

  // Guarded by: controller/NodeReconciler.ts, manage, `isNews`: the try that found the trunk is not the one that is through with it.
  it("is over, and what hangs on the trunk cannot be read for a while: that the node has its trunk is told once", () => {
    seeds(6, options, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        yield* startSeeing(world, silentAfterAttaching())
        const { nodeName } = yield* world.addNode()
        yield* Oracles.offering(world, nodeName)
        expect(yield* Seen.messages(world, nodeName, "NodeTrunkFailedInit")).toHaveLength(1)
        expect(yield* Seen.messages(world, nodeName, "NodeTrunkInitiated")).toHaveLength(1)
        yield* Oracles.atPeace(world)
      }))
  })
})
