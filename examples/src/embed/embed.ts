import { Effect, Layer } from "effect"
import * as Controller from "@branchline/core/controller/Controller"
import { defaults } from "@branchline/core/controller/Settings"
import * as Cluster from "@branchline/adapter-memory/Cluster"
import { simulate } from "@branchline/adapter-memory/simulation/Simulation"
import { eventually } from "@branchline/adapter-memory/simulation/Waiting"

const program = Effect.gen(function*() {
  const cluster = yield* Cluster.make({ nodes: 3, instanceType: "m5.large" })
  const controller = Controller.layer({ ...defaults, clusterName: "demo" }).pipe(Layer.provide(cluster.ports))
  yield* Layer.build(controller)
  const capacity = eventually("every node has its capacity", Effect.gen(function*() {
    const nodes = yield* Effect.forEach(cluster.nodes.keys(), cluster.node)
    const status = nodes.map((node) => JSON.stringify(node?.["status"]))
    return status.every((text) => text.includes(`"vpc.amazonaws.com/pod-eni":"9"`)) ? status.length : undefined
  }))
  return `${yield* capacity} nodes, 9 branch interfaces each`
})

export const run = simulate(program, { seed: 1 })
