import { Effect, Exit, Scope } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Ec2Program, startEc2 } from "../../support/Binaries.js"
import { applyRights, applyWorld, controllerUser, instanceId, pod } from "../../cli/World.js"
import { type ControlPlane, startControlPlane } from "../../support/ControlPlane.js"
import { eventually, type Program } from "../../support/Program.js"
import { started } from "./Setup.js"

let plane: ControlPlane
let ec2: Ec2Program
let controller: Program
const scope = Scope.makeUnsafe()
const run = <A, E>(effect: Effect.Effect<A, E, Scope.Scope>): Promise<A> => Effect.runPromise(Scope.provide(effect, scope))

beforeAll(async () => {
  plane = await startControlPlane({ controllerManager: false })
  await plane.kubectl(["create", "serviceaccount", "default"])
  await applyRights(plane)
  await applyWorld(plane)
  ec2 = await run(startEc2())
  controller = started({ kubeconfig: await plane.kubeconfig(controllerUser), endpoint: ec2.endpoint })
})
afterAll(async () => {
  await controller?.stop("SIGKILL")
  await Effect.runPromise(Scope.close(scope, Exit.void))
  await plane?.stop()
})

interface Event {
  readonly reason: string
  readonly message: string
  readonly involvedObject: { readonly kind: string; readonly name: string }
}

const event = (kind: string, name: string, reason: string): Promise<string> =>
  eventually(`${reason} is told of ${name}`, async () => {
    const { items } = JSON.parse(await plane.kubectl(["get", "events", "-A", "-o", "json"])) as { readonly items: ReadonlyArray<Event> }
    return items.findLast((one) => one.reason === reason && one.involvedObject.kind === kind && one.involvedObject.name === name)?.message
  }).catch((error: unknown) => {
    throw new Error(controller.output(), { cause: error })
  })

describe("what shows only at work", () => {
  it("a node whose instance is in another Region or account: its event says where to look", async () => {
    expect(await event("Node", "node-1", "TrunkENILookupFailed")).toMatch(
      new RegExp(`DescribeInstances: InvalidInstanceID\\.NotFound: the instance ${instanceId} does not exist; see that Region and account are those of the node$`)
    )
  })

  it("a role without one action: the pod's event names the action and the policy file; once it is allowed the pod is served", async () => {
    await run(ec2.control.setPolicy({
      Statement: [{ Effect: "Allow", NotAction: "ec2:AssociateTrunkInterface", Resource: "*" }]
    }))
    const { subnetId } = await run(ec2.control.addSubnet({ cidr: "192.168.0.0/19", zone: "eu-west-1a" }))
    await run(ec2.control.launchInstance({ instanceId, type: "m5.large", subnetId }))
    await plane.kubectl(["apply", "-f", "-"], { input: JSON.stringify(pod("web-2")) })
    const refused = /AssociateTrunkInterface: UnauthorizedOperation: .*; allow ec2:AssociateTrunkInterface in the role's policy \(deploy\/iam\)$/
    await eventually("the event names the action", async () => refused.test(await event("Pod", "web-2", "BranchAllocationFailed")) ? true : undefined)
    expect(controller.stderr().split("\n").some((line) => line.includes("allow ec2:AssociateTrunkInterface in the role's policy (deploy/iam)"))).toBe(true)

    await run(ec2.control.liftPolicy())
    for (const name of ["web-1", "web-2"]) {
      await eventually(`${name} has its branch`, async () => {
        const text = await plane.kubectl(["get", "pod", name, "-o", "jsonpath={.metadata.annotations.vpc\\.amazonaws\\.com/pod-eni}"])
        return text === "" ? undefined : text
      }, 90_000)
    }
  })
})
