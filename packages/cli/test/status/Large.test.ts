import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { itemsOf } from "../../src/cluster/Found.js"
import type { Look } from "../../src/cluster/Look.js"
import { statusOf } from "../../src/status/Status.js"
import { redact } from "../../src/snapshot/Redact.js"
import { pod, policy } from "../support/Documents.js"
import { database, lookAt, makeWorld, played } from "../support/Live.js"

const small = played(Effect.gen(function*() {
  const world = yield* makeWorld()
  yield* world.apply(policy("db", [database]))
  yield* Effect.sleep("40 seconds")
  for (let index = 0; index < 9; index++) yield* world.apply(pod(`db-${index}`))
  yield* Effect.sleep("1 minute")
  return yield* lookAt(world, { aws: true })
}))

/** The same node and its pods so many times, every name and id another. */
const times = (look: Look, count: number): Look => {
  const copies = Array.from({ length: count }, (_, index) => {
    const hex = index.toString(16).padStart(4, "0")
    const text = JSON.stringify(look)
      .replace(/\b(eni|i)-([0-9a-f]{13})[0-9a-f]{4}\b/g, (_match, sort: string, head: string) => `${sort}-${head}${hex}`)
      .replace(/\b([0-9a-f]{8})-([0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{8})[0-9a-f]{4}\b/g, (_match, first: string, middle: string) => `${first}-${middle}${hex}`)
      .replace(/\bdb-(\d)\b/g, (_match, number: string) => `db-${index}-${number}`)
      .replace(/\bip-192-168-0-4\b/g, `ip-10-${index >> 8}-${index & 255}-4`)
    return JSON.parse(text) as Look
  })
  const cluster = { ...look.cluster }
  for (const kind of ["pods", "nodes", "cniNodes", "events"] as const) {
    Object.assign(cluster, { [kind]: { items: copies.flatMap((copy) => itemsOf(copy.cluster[kind] as never)) } })
  }
  const ec2 = "unknown" in look.ec2 ? look.ec2 : {
    ...look.ec2,
    instances: { items: copies.flatMap((copy) => "unknown" in copy.ec2 ? [] : itemsOf(copy.ec2.instances)) },
    interfaces: { items: copies.flatMap((copy) => "unknown" in copy.ec2 ? [] : itemsOf(copy.ec2.interfaces)) }
  }
  return { ...look, cluster, ec2 }
}

describe("a large cluster", () => {
  it("is told whole, each node with its own", () => {
    const large = times(small, 100)
    const status = statusOf(large)
    expect(status.nodes).toHaveLength(100)
    expect(new Set(status.nodes.map(({ inUse }) => inUse))).toEqual(new Set([9]))
    expect(status.waiting).toEqual([])
    expect(status.policies.map(({ pods }) => pods)).toEqual([900])
  })

  it("redacted tells the same", () => {
    const large = times(small, 20)
    const counts = (look: Look) => statusOf(look).nodes.map(({ free, inUse }) => [inUse, free])
    expect(counts(redact(large))).toEqual(counts(large))
  })
})
