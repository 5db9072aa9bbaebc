import { readBranchAnnotation } from "@branchline/core/model/BranchAnnotation"
import { podEni } from "@branchline/core/model/Names"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { type Document, nameOf, textAt } from "../../src/kubernetes/Document.js"
import * as Manifests from "./Manifests.js"
import * as Oracles from "./Oracles.js"
import { seeds } from "./Scenario.js"
import * as Seen from "./Seen.js"
import { group, type World } from "./World.js"

const latencies = { ec2: { latency: { min: "50 millis", max: "300 millis" } } } as const
const other = "sg-0123456789abcdef0"
const resources = { limits: { [podEni]: "1" }, requests: { [podEni]: "1" } }
const container = (name: string): Document => ({ name, image: "amazon/aws-cli:2.7", imagePullPolicy: "IfNotPresent", resources })

/** A pod that asks for a branch by itself, in so many containers. */
const asking = (name: string, containers = 1): Document =>
  Manifests.pod(name, { spec: { containers: Seen.names("c", containers).map(container) } })

const fallback = "Pod will get the instance security group as the pod didn't match any Security Group from SecurityGroupPolicy"
const waits = "failed to allocate branch ENI to pod: no SecurityGroupPolicy matches the pod, and it is set to wait for one"

const nodeGroups = (world: World) => Effect.map(world.ec2.control.snapshot, ({ instances }) => instances[0]!.groups)

describe("A pod that asks for a branch and matches no policy", () => {
  // Guarded by: controller/BranchReconciler.ts, serve, `fallback`; allocation/step/Line.ts, start, which tells it.
  it("gets the node's groups, with a Warning; a policy that comes later changes nothing for it", () => {
    seeds(3, { nodes: 3, ...latencies }, (world) =>
      Effect.gen(function*() {
        yield* Oracles.ready(world)
        yield* world.apply(asking("web-0"))
        yield* world.waitForPhase("web-0", "Running")
        const [event] = (yield* world.events("web-0")).filter(({ reason }) => reason === "SecurityGroupRequested")
        expect([event?.type, event?.message]).toEqual(["Warning", fallback])
        yield* world.apply(Manifests.policy())
        // Until the webhook has heard of it.
        yield* Effect.sleep("1 second")
        yield* world.apply(Manifests.pod("web-1"))
        yield* world.waitForPhase("web-1", "Running")
        const groups = yield* nodeGroups(world)
        expect(groups).not.toEqual([group])
        // Said to EC2, and not left to the default of its VPC.
        const asked = (yield* Seen.calls(world, { action: "CreateNetworkInterface" })).map(({ parameters }) => parameters["Groups"])
        expect(asked.slice(-2)).toEqual([groups, [group]])
        yield* Oracles.atPeace(world, { groups: (pod) => nameOf(pod) === "web-0" ? groups : [group] })
      }))
  })

  // Guarded by: controller/BranchReconciler.ts, serve, `unmatched === "wait"`; controller/PolicyWatch.ts, policyChanged, which asks again.
  it("waits where it is set to, is told once, and is served by a policy that comes", () => {
    seeds(3, { nodes: 3, settings: { unmatched: "wait" }, ...latencies }, (world) =>
      Effect.gen(function*() {
        yield* Oracles.ready(world)
        yield* world.apply(asking("web-0"))
        yield* Effect.sleep("5 minutes")
        expect(yield* Seen.messages(world, "web-0", "BranchAllocationFailed")).toEqual([waits])
        expect(yield* world.podPhase("web-0")).toBe("Pending")
        yield* world.apply(Manifests.policy({ name: "db", match: { app: "db" } }))
        yield* Effect.sleep("30 seconds")
        expect(yield* Seen.messages(world, "web-0", "BranchAllocationFailed")).toEqual([waits])
        yield* world.apply(Manifests.policy())
        yield* world.waitForPhase("web-0", "Running", { within: "30 seconds" })
        yield* Oracles.atPeace(world)
      }))
  })
})

describe("A pod that a policy matches", () => {
  // Guarded by: controller/Controller.ts, start, which waits for `admitting.ready`: without policies every pod seems to match none.
  it("does not get the node's groups because a controller starts that cannot list the policies yet", () => {
    seeds(5, { nodes: 3, ...latencies }, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        yield* world.crash
        yield* world.apply(Manifests.pod("web-0"))
        const fault = yield* world.faults.add({
          on: { port: "kubernetes", operation: "list", match: { plural: "securitygrouppolicies" } },
          when: "before",
          reason: { _tag: "Unavailable" },
          times: 8
        })
        yield* world.start
        yield* world.waitForPhase("web-0", "Running")
        expect(yield* fault.fired).toBe(8)
        yield* Oracles.atPeace(world)
      }))
  })

  // Guarded by: controller/PolicyWatch.ts, serviceAccountChanged, which asks again for the pods of the account.
  it("by its service account's labels is served when the account gets them", () => {
    const account = (labels: Readonly<Record<string, string>>): Document => ({
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "db", namespace: "default", labels }
    })
    seeds(3, { nodes: 3, settings: { unmatched: "wait" }, ...latencies }, (world) =>
      Effect.gen(function*() {
        yield* world.apply(account({}))
        yield* world.apply({
          apiVersion: "vpcresources.k8s.aws/v1beta1",
          kind: "SecurityGroupPolicy",
          metadata: { name: "by-account", namespace: "default" },
          spec: { serviceAccountSelector: { matchLabels: { team: "db" } }, securityGroups: { groupIds: [group] } }
        })
        yield* Oracles.ready(world)
        yield* world.apply(Manifests.pod("db-0", { spec: { serviceAccountName: "db", containers: [container("main")] } }))
        yield* Effect.sleep("1 minute")
        expect(yield* world.podPhase("db-0")).toBe("Pending")
        yield* world.apply(account({ team: "db" }))
        yield* world.waitForPhase("db-0", "Running", { within: "1 minute" })
        yield* Oracles.atPeace(world)
      }))
  })
})

describe("A policy that changes", () => {
  // Guarded by: controller/BranchReconciler.ts, serve, which is done with a pod whose branch is in use (contract §3).
  it("counts for pods that come later only", () => {
    seeds(3, { nodes: 3, securityGroups: [group, other], ...latencies }, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        yield* world.apply(Manifests.pod("web-0"))
        yield* world.waitForPhase("web-0", "Running")
        yield* world.apply(Manifests.policy({ groups: [other] }))
        yield* Effect.sleep("30 seconds")
        yield* world.apply(Manifests.pod("web-1"))
        yield* world.waitForPhase("web-1", "Running")
        yield* Oracles.atPeace(world, { groups: (pod) => nameOf(pod) === "web-0" ? [group] : [other] })
      }))
  })
})

describe("A pod that asks in two containers", () => {
  // Guarded by: controller/BranchReconciler.ts, serve, severalRequested.
  it("gets one branch, and is warned once", () => {
    seeds(3, { nodes: 3, ...latencies }, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        const before = (yield* Seen.calls(world, { action: "CreateNetworkInterface" })).length
        yield* world.apply(asking("web-0", 2))
        yield* world.waitForPhase("web-0", "Running")
        expect(yield* Seen.messages(world, "web-0", "BranchRequestedTwice")).toHaveLength(1)
        expect(yield* Seen.calls(world, { action: "CreateNetworkInterface" })).toHaveLength(before + 1)
        yield* Oracles.atPeace(world)
      }))
  })
})

describe("The annotation's form", () => {
  const keys = ["eniId", "ifAddress", "privateIp", "vlanId", "subnetCidr"]
  // Guarded by: model/BranchAnnotation.ts, writeBranchAnnotation.
  it.each([
    ["eight", ["eniId", "ifAddress", "privateIp", "ipv6Addr", "vlanId", "subnetCidr", "subnetV6Cidr", "associationID"]],
    ["five", keys]
  ] as const)("has %s keys where the setting says so", (annotationForm, expected) => {
    seeds(2, { nodes: 3, settings: { annotationForm }, ...latencies }, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        yield* world.apply(Manifests.pod("web-0"))
        const pod = yield* world.waitForPhase("web-0", "Running")
        const text = textAt(pod, "metadata", "annotations", podEni) ?? ""
        expect(Array.from(text.matchAll(/"(\w+)":/g), ([, key]) => key)).toEqual(expected)
        expect(readBranchAnnotation(text)._tag).toBe("Success")
        yield* Oracles.atPeace(world)
      }))
  })
})
