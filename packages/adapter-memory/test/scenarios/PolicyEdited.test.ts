import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { type Document, nameOf } from "../../src/kubernetes/Document.js"
import * as Manifests from "./Manifests.js"
import * as Oracles from "./Oracles.js"
import { seeds } from "./Scenario.js"
import * as Seen from "./Seen.js"
import { group, type World } from "./World.js"

const other = "sg-0123456789abcdef0"
const third = "sg-0fedcba9876543210"

const options = {
  nodes: 3,
  securityGroups: [group, other, third],
  ec2: { latency: { min: "100 millis", max: "900 millis" } },
  kubernetes: { latency: { min: "2 millis", max: "40 millis" } }
} as const

const versions = [[group], [other], [group, other], [third]] as const
const names = Seen.names("web", 18)

/** The groups that each pod was told last that it gets. */
const toldGroups = Effect.fnUntraced(function*(world: World) {
  const told = new Map<string, ReadonlyArray<string>>()
  for (const name of names) {
    const last = (yield* Seen.messages(world, name, "SecurityGroupRequested")).at(-1) ?? ""
    told.set(name, /\[(.*)\]$/.exec(last)?.[1]?.split(" ") ?? [])
  }
  return told
})

describe("A policy is edited while pods start", () => {
  // Guarded by: allocation/step/Request.ts, again, where the groups change only as long as nothing may have been made with the old ones, and then
  // under a new token.
  it("again and again, while answers are lost and calls refused: each pod has the groups of one version, and was told which", () => {
    const changed = seeds(12, options, (world) =>
      Effect.gen(function*() {
        yield* world.apply(Manifests.policy())
        yield* Oracles.ready(world)
        yield* world.faults.add({ on: { port: "ec2", operation: "createBranch" }, when: "before", reason: { _tag: "Unavailable" }, probability: 0.3, times: 8 })
        yield* world.faults.add({ on: { port: "ec2", operation: "createBranch" }, when: "after", probability: 0.3, times: 5, delay: "1 second" })
        for (const [index, name] of names.entries()) {
          yield* world.apply(Manifests.pod(name))
          if (index % 2 === 1) yield* world.apply(Manifests.policy({ groups: versions[((index + 1) / 2) % versions.length]! }))
          yield* Effect.sleep(150)
        }
        for (const name of names) yield* world.waitForPhase(name, "Running")
        const told = yield* toldGroups(world)
        for (const [name, groups] of told) {
          expect(versions.some((version) => version.join() === groups.join()), `${name} has the groups of one version: ${groups.join()}`).toBe(true)
        }
        // The token is spent with one set of parameters: nobody asks EC2 for two things under it.
        expect(yield* Seen.calls(world, { action: "CreateNetworkInterface", code: "IdempotentParameterMismatch" })).toEqual([])
        yield* Oracles.atPeace(world, { groups: (pod: Document) => told.get(nameOf(pod)) ?? [] })
        const messages = yield* Effect.forEach(names, (name) => Seen.messages(world, name, "SecurityGroupRequested"))
        return messages.filter((all) => all.length > 1).length
      }))
    expect(Math.max(...changed), "some were caught in the middle").toBeGreaterThan(0)
  })
})
