import { documentedRates } from "@branchline/core/controller/Pacing"
import type { Measure } from "../Figure.js"
import { actionsText, generations, keepingIdle, throttledIn } from "./Paces.js"
import { branchesPerNode, nodeCount, restart as restarted } from "./Restart.js"

const pods = 1_000
const { burst, perSecond } = documentedRates.mutating

/** The least time that the buckets of one action impose, in seconds. */
const boundOf = (calls: number, capacity = burst, refill = perSecond): number => Math.max(0, calls - capacity) / refill

const cooldown = 60

/** EC2 at its documented defaults. */
export const documented: Measure = {
  name: "documented",
  title: "1,000 pods at once on 30 m5.4xlarge, EC2's documented rates, 300 ms a call, in simulated time",
  run: (say) => {
    const [one] = generations({ pods, ec2: {} }, say)
    if (one === undefined) return []
    const bound = boundOf(pods)
    const life = (one.createCalls.length + one.deleteCalls.length) / pods
    return [
      { name: "1,000 pods, documented rates: all annotated, over what the buckets alone impose", value: one.created / bound, unit: "", aim: { at: "most", value: 1.1 }, note: `${one.created} s over ${bound} s` },
      { name: "the same: all deleted, over cooldown and buckets", value: one.deleted / (bound + cooldown), unit: "", aim: { at: "most", value: 1.1 }, note: `${one.deleted} s over ${bound + cooldown} s` },
      { name: "the same: EC2 calls for a pod's life", value: life, unit: "", aim: { at: "most", value: 5.05 }, note: `${actionsText([...one.createCalls, ...one.deleteCalls])}` },
      { name: "the same: calls that were throttled, and went again", value: throttledIn(one.createCalls) + throttledIn(one.deleteCalls), unit: "" }
    ]
  }
}

/** Branches that wait for the next pod. */
export const idle: Measure = {
  name: "idle",
  title: "the same with idle reuse: pods of the same groups, then of others",
  run: (say) => {
    const same = generations({ pods, generations: ["web", "web"], idle: true, ec2: {}, settings: keepingIdle(false) }, say)
    const others = generations({ pods, generations: ["web", "db"], idle: true, ec2: {}, settings: keepingIdle(true) }, say)
    const calls = (calls: ReadonlyArray<{ readonly action: string }> = []): number => calls.filter(({ action }) => !action.startsWith("Describe")).length / pods
    return [
      { name: "idle reuse, the same groups: EC2 calls for a pod's life", value: calls(same[1]?.createCalls), unit: "", aim: { at: "most", value: 0 }, note: `all annotated after ${same[1]?.created ?? 0} s` },
      { name: "idle reuse, other groups: EC2 calls for a pod's life", value: calls(others[1]?.createCalls), unit: "", aim: { at: "most", value: 1 }, note: `all annotated after ${others[1]?.created ?? 0} s` }
    ]
  }
}

/** EC2 that grants something else. */
export const grants: Measure = {
  name: "grants",
  title: "500 pods where EC2 grants more or less than is documented",
  run: (say) => {
    const of = (name: string, throttle: "off" | { readonly capacity: number; readonly refill: number }) => {
      const [one] = generations({ pods: 500, ec2: { throttle: throttle === "off" ? "off" : { mutating: throttle } } }, say)
      const bound = throttle === "off" ? undefined : boundOf(500, throttle.capacity, throttle.refill)
      return {
        name: `500 pods, ${name}: all annotated`,
        value: one?.created ?? 0,
        unit: "s",
        note: `${bound === undefined ? "" : `the bucket alone imposes ${bound} s; `}${throttledIn(one?.createCalls ?? [])} calls throttled`
      }
    }
    return [
      { ...of("EC2 does not throttle", "off"), aim: { at: "most", value: 10 } },
      of("200 at once and 20/s", { capacity: 200, refill: 20 }),
      of("20 at once and 2/s", { capacity: 20, refill: 2 })
    ]
  }
}

/** A controller that starts in a large cluster. */
export const restart: Measure = {
  name: "restart",
  title: `restart with ${nodeCount} nodes and ${nodeCount * branchesPerNode} branches in three subnets, 12 describes/s, 1.5 s a page, 300 ms any other call`,
  run: (say) => {
    const { calls, ready, served, throttled, wall } = restarted(say)
    const text = [...calls].map(([action, count]) => `${action} ${count}`).join(", ")
    return [
      { name: "restart, 1,700 nodes, 17,000 branches: a pod that waits, on any node, is served", value: served, unit: "s", aim: { at: "most", value: 5 } },
      { name: "the same: all nodes are ready", value: ready, unit: "s", aim: { at: "most", value: 30 }, note: "upstream's users report a mean of 384 s" },
      { name: "the same: EC2 calls", value: [...calls.values()].reduce((sum, count) => sum + count, 0), unit: "", note: `${text}; ${throttled} throttled; ${wall.toFixed(0)} s of wall time with the set-up` }
    ]
  }
}
