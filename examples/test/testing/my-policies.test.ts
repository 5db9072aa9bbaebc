/**
 * How one tests one's own policies and set-up without a cluster: the whole world in memory, in virtual time, the same for the same seed.
 */
import { Effect, Exit, type Scope } from "effect"
import { describe, expect, it } from "vitest"
import { countByAction } from "@branchline/adapter-memory/ec2/CallLog"
import { simulate } from "@branchline/adapter-memory/simulation/Simulation"
import * as World from "@branchline/adapter-memory/World"
import { podEni } from "@branchline/core/model/Names"
import { pods } from "@branchline/core/model/Resource"
import { pod, policy } from "../../src/testing/documents.js"

const database = "sg-0000000000000000d"

const inWorld = <A, E>(story: (world: World.World) => Effect.Effect<A, E, Scope.Scope>, seed = 1): A => {
  const run = simulate(
    Effect.flatMap(World.make({ nodes: 2, securityGroups: [database], ec2: { latency: "300 millis" } }), (world) =>
      Effect.andThen(Effect.sleep("30 seconds"), story(world))),
    { seed }
  )
  return Exit.isSuccess(run.exit) ? run.exit.value : expect.fail(String(run.exit.cause))
}

const annotationOf = (document: { readonly [key: string]: unknown } | undefined): string =>
  JSON.stringify((document?.["metadata"] as { readonly annotations?: object } | undefined)?.annotations ?? {})

describe("my policies", () => {
  it("give database pods the database group, and others nothing", () => {
    const { calls, db, web } = inWorld((world) =>
      Effect.gen(function*() {
        yield* world.apply(policy("db", { role: "db" }, [database]))
        yield* Effect.sleep("1 second")
        yield* world.apply(pod("db-0", { role: "db" }))
        yield* world.apply(pod("web-0", { role: "web" }))
        const db = yield* world.waitForPhase("db-0", "Running")
        const web = yield* world.waitForPhase("web-0", "Running")
        return { db, web, calls: countByAction(yield* world.ec2.calls) }
      }))
    expect(annotationOf(db)).toContain(podEni)
    expect(annotationOf(web)).not.toContain(podEni)
    expect(calls.get("AssociateTrunkInterface")).toBe(1)
  })

  it("survive an EC2 that fails half of all calls for five minutes", () => {
    const { fired, violations } = inWorld((world) =>
      Effect.gen(function*() {
        const fault = yield* world.faults.add({
          on: { port: "ec2", operation: "*" },
          when: "after",
          probability: 0.5
        })
        yield* world.apply(policy("db", { role: "db" }, [database]))
        yield* Effect.sleep("1 second")
        yield* world.apply(pod("db-0", { role: "db" }))
        yield* Effect.sleep("5 minutes")
        yield* fault.remove
        yield* world.waitForPhase("db-0", "Running")
        yield* world.admin.delete(pods, { namespace: "default", name: "db-0" })
        yield* Effect.sleep("3 minutes")
        return { fired: yield* fault.fired, violations: world.violations }
      }))
    expect(fired).toBeGreaterThan(0)
    expect(violations).toEqual([])
  })
})
