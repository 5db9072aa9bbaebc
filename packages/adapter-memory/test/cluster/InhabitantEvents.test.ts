import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { simulated } from "../../src/simulation/Simulation.js"
import * as World from "../../src/World.js"

const group = "sg-079157a483bcb371f"
const labels = { app: "web" }

const tellers = (options: World.WorldOptions) =>
  Effect.gen(function*() {
    const world = yield* World.make({ securityGroups: [group], ...options })
    yield* world.apply({
      apiVersion: "vpcresources.k8s.aws/v1beta1",
      kind: "SecurityGroupPolicy",
      metadata: { name: "web", namespace: "default" },
      spec: { podSelector: { matchLabels: labels }, securityGroups: { groupIds: [group] } }
    })
    yield* world.apply({ apiVersion: "v1", kind: "Pod", metadata: { name: "web", labels }, spec: { containers: [{ name: "main", image: "nginx:1" }] } })
    yield* world.waitForPhase("web", "Running")
    return [...new Set((yield* world.events()).map(({ source }) => source?.component))].sort()
  })

it.effect("scheduler and kubelets tell of what they do", () =>
  Effect.gen(function*() {
    expect(yield* tellers({})).toEqual(["default-scheduler", "kubelet", "vpc-resource-controller"])
  }).pipe(simulated()))

it.effect("scheduler and kubelets can be kept from telling, the controller cannot", () =>
  Effect.gen(function*() {
    expect(yield* tellers({ inhabitantEvents: false })).toEqual(["vpc-resource-controller"])
  }).pipe(simulated()))
