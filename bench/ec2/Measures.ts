import type { BucketSize } from "@branchline/adapter-memory/ec2/Settings"
import type { Figure, Measure } from "../Figure.js"
import { actionsText, boundOf, takenUp, throttledIn } from "./Calls.js"
import { generations } from "./Generations.js"
import { branchesPerNode, nodeCount } from "./LargeCluster.js"
import { releasesBeside } from "./Releases.js"
import { restartWith } from "./Restart.js"

const pods = 1_000
/** Seconds that a branch stays after its pod (contract §6). */
const cooldown = 60
const thousands = (count: number): string => count.toLocaleString("en-US")

/** EC2 at its documented rates. */
export const documented: Measure = {
  name: "documented",
  title: "1,000 pods at once on 30 m5.4xlarge, EC2's documented rates, 300 ms a call",
  run: (say) => {
    const [{ createCalls, created, deleteCalls, deleted = Infinity }] = generations({ pods }, say)
    const bound = boundOf(pods)
    const life = [...createCalls, ...deleteCalls]
    return [
      { name: "1,000 pods, documented rates: all annotated, over what the buckets alone impose", value: created / bound, unit: "", aim: { at: "most", value: 1.1 }, note: `${created} s over ${bound} s` },
      { name: "the same: all branches deleted, over cooldown and buckets", value: deleted / (bound + cooldown), unit: "", aim: { at: "most", value: 1.1 }, note: `${deleted} s over ${bound + cooldown} s` },
      { name: "the same: EC2 calls for a pod's life", value: takenUp(life).length / pods, unit: "", aim: { at: "most", value: 5 }, note: actionsText(takenUp(life)) },
      { name: "the same: further calls that EC2 throttled, for a pod's life", value: throttledIn(life) / pods, unit: "", note: `${throttledIn(createCalls)} to find out what it grants while all are created, ${throttledIn(deleteCalls)} while all are deleted` }
    ]
  }
}

/** Branches that wait for the next pod. */
export const idle: Measure = {
  name: "idle",
  title: "the same with idle reuse: a second thousand pods of the same groups, a third of others",
  run: (say) => {
    const [, same, others] = generations({ pods, generations: ["web", "web", "db"], keepIdle: true }, say)
    const figure = (groups: string, most: number, generation = same): Figure => {
      const calls = [...generation?.createCalls ?? [], ...generation?.deleteCalls ?? []]
      // One look at the subnet's free addresses is for all of them.
      const forPods = takenUp(calls).filter(({ action }) => !action.startsWith("Describe"))
      return {
        name: `idle reuse, the next pods have ${groups} groups: EC2 calls for a pod's life`,
        value: forPods.length / pods,
        unit: "",
        aim: { at: "most", value: most },
        note: `all annotated after ${generation?.created ?? Infinity} s; ${actionsText(calls)}`
      }
    }
    return [figure("the same", 0), figure("other", 1, others)]
  }
}

const granted = (pods: number, name: string, throttle: "off" | BucketSize, say: (text: string) => void): Figure => {
  const [{ createCalls, created }] = generations({ pods, throttle: throttle === "off" ? "off" : { mutating: throttle } }, say)
  const bound = throttle === "off" ? "" : `the buckets alone impose ${boundOf(pods, throttle.capacity, throttle.refill)} s; `
  return { name: `${thousands(pods)} pods, ${name}: all annotated`, value: created, unit: "s", note: `${bound}${throttledIn(createCalls)} calls throttled` }
}

/** EC2 that grants more than is documented: it is found out. */
export const more: Measure = {
  name: "more",
  title: "500 and 1,000 pods at once where EC2 grants more than is documented",
  run: (say) =>
    [500, pods].flatMap((count) => [
      { ...granted(count, "EC2 does not throttle", "off", say), ...(count === 500 ? { aim: { at: "most", value: 10 } as const } : {}) },
      granted(count, "200 calls at once and 20/s", { capacity: 200, refill: 20 }, say)
    ])
}

/** EC2 that grants less: by itself, or because others take of it. */
export const less: Measure = {
  name: "less",
  title: "500 pods at once where EC2 grants less, and where another client takes half of it",
  run: (say) => {
    const half = 2.5
    const [{ createCalls, created, neighbours }] = generations({ pods: 500, neighbour: half }, say)
    return [
      granted(500, "20 calls at once and 2/s", { capacity: 20, refill: 2 }, say),
      {
        name: "500 pods, another client makes 2.5 calls/s of each action: all annotated",
        value: created,
        unit: "s",
        note: `the other half of the buckets imposes ${boundOf(500, 50, half)} s; ${throttledIn(createCalls)} of our calls throttled, ${throttledIn(neighbours)} of its ${thousands(neighbours.length)}`
      }
    ]
  }
}

/** Pods that end while many others begin. */
export const releases: Measure = {
  name: "releases",
  title: "1,000 pods at once, and 50 others that end at the same moment",
  run: (say) => {
    const { created, slowest } = releasesBeside(pods, 50, say)
    return [{
      name: "1,000 pods at once, 50 others end: the slowest branch is gone, after its cooldown",
      value: slowest - cooldown,
      unit: "s",
      aim: { at: "most", value: 5 },
      note: `the new pods are annotated after ${created} s`
    }]
  }
}

/** A controller that starts in a large cluster, as upstream's users have them. */
export const restart: Measure = {
  name: "restart",
  title: `start with ${thousands(nodeCount)} nodes and ${thousands(nodeCount * branchesPerNode)} branches in three subnets, 12 describes/s, 1.5 s a page, 300 ms any other call`,
  run: (say) => {
    // Not a call more at once than in each second: nobody has saved up.
    const { calls, ready, served, servedLater } = restartWith({ capacity: 12, refill: 12 }, say)
    return [
      { name: "start with 1,700 nodes and 17,000 branches, 12 describes/s: pods that waited, on any node, are served", value: served, unit: "s", aim: { at: "most", value: 5 } },
      { name: "the same: pods that came a second later, on other nodes, are served in", value: servedLater, unit: "s", aim: { at: "most", value: 5 } },
      { name: "the same: all nodes are ready", value: ready, unit: "s", aim: { at: "most", value: 30 }, note: "upstream's users report a mean of 384 s" },
      { name: "the same: EC2 calls", value: calls.length, unit: "", note: actionsText(calls) }
    ]
  }
}
