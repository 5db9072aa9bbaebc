import { occupancy } from "@branchline/core/allocation/Capacity"
import { publishedLimits } from "@branchline/core/limits/Limits"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { itemsOf } from "../../src/cluster/Found.js"
import { podStory } from "../../src/explain/ExplainPod.js"
import { nodeFactsOf } from "../../src/explain/NodeFactsOf.js"
import { groupsNow, policiesOf } from "../../src/explain/Policies.js"
import { trunkOf } from "../../src/explain/Trunks.js"
import { pod, policy } from "../support/Documents.js"
import { database, lookAt, makeWorld, played } from "../support/Live.js"
import { remove } from "./situations/Steps.js"

const nameOf = (index: number): string => `db-${index}`

/** Pods come and go on two nodes; after every step the world is seen with and without EC2, beside what the controller knows by itself. */
const seen = played(Effect.gen(function*() {
  const world = yield* makeWorld({ nodes: 2 })
  yield* world.apply(policy("db", [database]))
  yield* Effect.sleep("40 seconds")
  const moments = []
  for (let step = 0; step < 24; step++) {
    yield* world.apply(pod(nameOf(step)))
    if (step >= 10) yield* remove(world, nameOf(step - 10)).pipe(Effect.ignore)
    yield* Effect.sleep(step % 5 === 0 ? "70 seconds" : "12 seconds")
    const { fleet } = world.controller().knowledge
    const own = [...world.nodes.keys()].map((name) => ({ name, room: occupancy(fleet.ofNode(name)!.trunk) }))
    moments.push({ aws: yield* lookAt(world, { aws: true }), alone: yield* lookAt(world), own })
  }
  return moments
}))

describe("a trunk that is rebuilt from annotations and EC2", () => {
  it("has in use, cooling and free what the controller knows by itself, at every moment", () => {
    let [inUse, cooling] = [0, 0]
    for (const { aws, own } of seen) {
      for (const { name, room } of own) {
        const { trunk } = nodeFactsOf(aws, name)
        const rebuilt = trunk === undefined || trunk === "absent" ? undefined : occupancy(trunk)
        expect(rebuilt).toMatchObject({ limit: room.limit, inUse: room.inUse, occupied: room.occupied, free: room.free })
        // What is on its way out hangs on EC2's trunk as what cools does.
        expect((rebuilt?.cooling ?? 0) + (rebuilt?.leaving ?? 0)).toBe(room.cooling + room.leaving)
        inUse += room.inUse
        cooling += room.cooling
      }
    }
    expect(inUse, "the world was not idle").toBeGreaterThan(100)
    expect(cooling, "nor at rest").toBeGreaterThan(10)
  })

  it("says when a branch comes free no earlier than the controller, and a minute later at most", () => {
    for (const { aws, own } of seen) {
      for (const { name, room } of own) {
        const { trunk } = nodeFactsOf(aws, name)
        if (trunk === undefined || trunk === "absent" || room.nextDue === undefined) continue
        const due = occupancy(trunk).nextDue ?? 0
        // Kubelet's events have whole seconds.
        expect(due).toBeGreaterThanOrEqual(room.nextDue - 3_000)
        expect(due).toBeLessThanOrEqual(room.nextDue + 61_000)
      }
    }
  })

  it("without EC2 knows what is in use, and claims no more", () => {
    for (const { alone, own } of seen) {
      for (const { name, room } of own) {
        const node = itemsOf(alone.cluster.nodes).find(({ metadata }) => metadata.name === name)!
        const index = policiesOf(alone)
        const trunk = trunkOf(alone, node, { limits: publishedLimits, groupsOf: (one) => groupsNow(alone, index, one), subnetId: "" })
        expect(trunk).not.toBe("absent")
        const rebuilt = occupancy(trunk as Exclude<typeof trunk, "absent" | undefined>)
        expect(rebuilt.inUse).toBe(room.inUse)
        expect(rebuilt.occupied).toBeLessThanOrEqual(room.occupied)
      }
    }
  })

  it("is not known where not all pods are: a branch of one that nobody could see would be nobody's", () => {
    const { aws } = seen[0]!
    const pods = { items: [], namespaces: ["shop"], narrowed: "list pods: pods is forbidden" }
    const narrow = { ...aws, cluster: { ...aws.cluster, pods } }
    const [name = ""] = seen[0]!.own.map((one) => one.name)
    expect(nodeFactsOf(narrow, name).trunk).toBeUndefined()
    expect(nodeFactsOf(aws, name).trunk).toBeDefined()
  })

  it("tells of no pod that runs that it waits for anything", () => {
    const running = seen.flatMap(({ alone, aws }) => [alone, aws]).flatMap((look) =>
      itemsOf(look.cluster.pods).filter(({ metadata, status }) => status?.phase === "Running" && !metadata.deletionTimestamp).map((one) => podStory(look, one)))
    expect(running.length).toBeGreaterThan(200)
    expect(new Set(running.map(({ waitsFor }) => waitsFor.cause._tag))).toEqual(new Set(["Served"]))
  })
})
