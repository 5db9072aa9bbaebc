import * as PolicyIndex from "@branchline/core/selection/PolicyIndex"
import { groupsFor, select } from "@branchline/core/selection/Selection"
import { podLabels, policies } from "./Documents.js"
import type { Figure, Measure } from "./Figure.js"
import { microseconds } from "./Sampling.js"

const namespace = "shop"
const notAsked = { _tag: "NotAsked" } as const

/** Pods that take turns, so that no one of them is learnt by heart; each matches one policy as long as there are so many. */
const podsOf = (policies: number) =>
  Array.from({ length: 64 }, (_, index) => {
    const number = Math.floor((index * policies) / 64)
    return { name: `web-${index}`, namespace, labels: podLabels(number), serviceAccountName: "shop" }
  })

const measure = (index: PolicyIndex.PolicyIndex, count: number) => {
  const pods = podsOf(count)
  for (const pod of pods) {
    if (groupsFor(index, pod, notAsked).length !== 2) throw new Error(`with ${count} policies a pod does not match just one`)
  }
  const batch = Math.max(1, Math.floor(10_000 / count))
  return {
    groups: microseconds((call) => groupsFor(index, pods[call % 64]!, notAsked), batch).median,
    reasons: microseconds((call) => select({ policies: index, pod: pods[call % 64]!, serviceAccount: notAsked }), batch).median
  }
}

/** What it costs to find a pod's groups, by the number of policies in its namespace and in others. */
export const selection: Measure = {
  name: "selection",
  title: "which groups a pod gets",
  run: (say) => {
    const figures = [1, 100, 10_000].flatMap((count): ReadonlyArray<Figure> => {
      say(`${count} policies in the namespace`)
      const { groups, reasons } = measure(PolicyIndex.fromPolicies(policies(namespace, count)), count)
      const where = `${count.toLocaleString("en-US")} ${count === 1 ? "policy" : "policies"} in the namespace`
      return [
        { name: `groups of a pod, ${where}`, value: groups, unit: "µs" },
        { name: `groups with all reasons, ${where}`, value: reasons, unit: "µs" }
      ]
    })
    say("100 policies in the namespace, 10,000 in others")
    const own = policies(namespace, 100)
    const alone = PolicyIndex.fromPolicies(own)
    const others = Array.from({ length: 100 }, (_, index) => policies(`team-${index}`, 100)).flat()
    const crowded = PolicyIndex.fromPolicies([...own, ...others])
    // In turns, so that a machine that slows down meanwhile slows both down.
    const ratios = Array.from({ length: 5 }, () => {
      const without = measure(alone, 100).groups
      return measure(crowded, 100).groups / without
    }).sort((a, b) => a - b)
    return [...figures, {
      name: "groups of a pod, 100 policies: 10,000 in other namespaces, against none",
      value: ratios[2]!,
      unit: "times",
      aim: { at: "most", value: 1.1 }
    }]
  }
}
