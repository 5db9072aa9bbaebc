import { describe, expect, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import { type Demand, place } from "../../src/plan/Placement.js"
import { mayRunOn, type Place } from "../../src/plan/Placing.js"

const node = (change: Partial<Place> = {}): Place => ({ name: "a", labels: {}, taints: [], unschedulable: false, ...change })

describe("a pod may run on a node", () => {
  it("whose labels its nodeSelector and its required affinity choose", () => {
    expect(mayRunOn({ nodeSelector: { pool: "db" } }, node({ labels: { pool: "db" } }))).toBe(true)
    expect(mayRunOn({ nodeSelector: { pool: "db" } }, node())).toBe(false)
    const affinity = (operator: string, values?: ReadonlyArray<string>) => ({
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key: "pool", operator, ...(values === undefined ? {} : { values }) }] }] } } }
    })
    expect(mayRunOn(affinity("In", ["db"]), node({ labels: { pool: "db" } }))).toBe(true)
    expect(mayRunOn(affinity("NotIn", ["db"]), node({ labels: { pool: "db" } }))).toBe(false)
    expect(mayRunOn(affinity("Exists"), node())).toBe(false)
  })

  it("whose taints it tolerates; the resource's own is tolerated for it", () => {
    const tainted = node({ taints: [{ key: "team", value: "db", effect: "NoSchedule" }] })
    expect(mayRunOn({}, tainted)).toBe(false)
    expect(mayRunOn({ tolerations: [{ key: "team", operator: "Equal", value: "db" }] }, tainted)).toBe(true)
    expect(mayRunOn({ tolerations: [{ key: "team", value: "web" }] }, tainted)).toBe(false)
    expect(mayRunOn({ tolerations: [{ operator: "Exists" }] }, tainted)).toBe(true)
    expect(mayRunOn({ tolerations: [{ key: "team", operator: "Exists", effect: "NoExecute" }] }, tainted)).toBe(false)
    expect(mayRunOn({}, node({ taints: [{ key: "team", value: "db", effect: "NoExecute" }] }))).toBe(false)
    expect(mayRunOn({}, node({ taints: [{ key: "vpc.amazonaws.com/pod-eni", value: "", effect: "NoSchedule" }] }))).toBe(true)
    expect(mayRunOn({}, node({ taints: [{ key: "team", value: "db", effect: "PreferNoSchedule" }] }))).toBe(true)
  })

  it("that is cordoned only where a DaemonSet makes it", () => {
    expect(mayRunOn({}, node({ unschedulable: true }))).toBe(false)
    expect(mayRunOn({}, node({ unschedulable: true }), true)).toBe(true)
  })

  it("that it names, whatever else", () => {
    expect(mayRunOn({ nodeName: "a" }, node({ unschedulable: true }))).toBe(true)
    expect(mayRunOn({ nodeName: "b" }, node())).toBe(false)
  })
})

describe("slots", () => {
  it("are found by moving those who can go elsewhere", () => {
    const told = place([{ key: "anywhere", count: 1, nodes: [0, 1] }, { key: "here", count: 1, nodes: [0] }], [1, 1])
    expect(told.map(({ left, on }) => [left, [...on]])).toEqual([[0, [[1, 1]]], [0, [[0, 1]]]])
  })

  it("are not taken from those who come first", () => {
    const told = place([{ key: "first", count: 2, nodes: [0] }, { key: "second", count: 2, nodes: [0] }], [3])
    expect(told.map(({ left }) => left)).toEqual([0, 1])
  })

  it("go to the nodes with most room", () => {
    expect([...place([{ key: "web", count: 4, nodes: [0, 1] }], [4, 2])[0]!.on]).toEqual([[0, 3], [1, 1]])
  })

  it("of a DaemonSet are one on each node", () => {
    const [told] = place([{ key: "agent", count: 3, nodes: [0, 1, 2], onEach: true }], [5, 0, 1])
    expect([...told!.on]).toEqual([[0, 1], [2, 1]])
    expect(told!.left).toBe(1)
  })
})

const small = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))
const Case = Schema.Struct({
  free: Schema.Array(small(3)).check(Schema.isMaxLength(4)),
  demands: Schema.Array(Schema.Struct({ count: small(5), nodes: Schema.Array(small(3)).check(Schema.isMaxLength(4)) })).check(Schema.isMaxLength(4))
})

/** As many as can be placed at all, by trying everything. */
const most = (demands: ReadonlyArray<Demand>, free: ReadonlyArray<number>): number => {
  const pods = demands.flatMap(({ count, nodes }) => new Array<ReadonlyArray<number>>(count).fill([...new Set(nodes)]))
  const taken: Array<Array<number>> = free.map(() => [])
  const settle = (pod: number, seen: Set<number>): boolean => {
    for (const at of pods[pod] ?? []) {
      const on = taken[at]
      if (on === undefined || seen.has(at)) continue
      seen.add(at)
      if (on.length < (free[at] ?? 0)) {
        on.push(pod)
        return true
      }
      for (const [i, other] of on.entries()) {
        if (settle(other, seen)) {
          on[i] = pod
          return true
        }
      }
    }
    return false
  }
  return pods.filter((_, pod) => settle(pod, new Set())).length
}

describe("any placement", () => {
  it.prop("takes no more than is free, only where it may, and leaves nobody out who could have a slot", { one: Arbitrary.schema(Case) }, ({ one: { demands: given, free } }) => {
    const demands = given.map((demand, at): Demand => ({ key: String(at), ...demand }))
    const told = place(demands, free)
    const used = free.map((_, at) => told.reduce((sum, { on }) => sum + (on.get(at) ?? 0), 0))
    for (const [at, count] of used.entries()) expect(count).toBeLessThanOrEqual(free[at]!)
    let total = 0
    for (const [at, { left, on }] of told.entries()) {
      const count = [...on.values()].reduce((sum, pods) => sum + pods, 0)
      expect(count + left).toBe(demands[at]!.count)
      expect([...on.keys()].every((place) => demands[at]!.nodes.includes(place))).toBe(true)
      total += count
    }
    expect(total).toBe(most(demands, free))
  }, { arbitrary: { runs: 1_000 } })
})
