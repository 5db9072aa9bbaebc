import type { Figure } from "../Figure.js"
import type { LongMeasure } from "../kubernetes/LongMeasure.js"
import { type Burst, callsOf, countsText, nodes, pods, startBurst, throttledOf, used } from "./Burst.js"

/** How long a call to EC2 takes here. */
const latency = ["--latency", "40ms", "--latency-spread", "20ms"]

const names = (prefix: string, count: number): ReadonlyArray<string> => Array.from({ length: count }, (_, index) => `${prefix}-${index}`)

const setUp = `${nodes} nodes of c5.4xlarge, ${pods} pods at once`

const releases = ["DisassociateTrunkInterface", "DeleteNetworkInterface"]

/** Times from a pod's binding to its annotation, in order. */
const waits = ({ watch }: Burst, of: ReadonlyArray<string>): ReadonlyArray<number> =>
  of.flatMap((name) => {
    const { annotated, bound } = watch.seen.get(name) ?? {}
    return annotated === undefined || bound === undefined ? [] : [(annotated - bound) / 1_000]
  }).sort((a, b) => a - b)

const quantile = (sorted: ReadonlyArray<number>, share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0

const resources = (burst: Burst, before: number): ReadonlyArray<Figure> => {
  const { cpu, peakRss } = used(burst)
  return [
    { name: "the controller's peak RSS", value: (peakRss * 1e6) / 2 ** 20, unit: "MiB", aim: { at: "most", value: 160 }, note: "upstream: 86" },
    { name: "its processor time for all of this", value: cpu - before, unit: "s", aim: { at: "most", value: 8 }, note: `upstream: 8.2; ${before.toFixed(1)} s before it, to start and make trunks` }
  ]
}

const burst = (name: string, title: string, ec2Flags: ReadonlyArray<string>, figures: (one: Burst, say: (text: string) => void) => Promise<ReadonlyArray<Figure>>): LongMeasure => ({
  name,
  title,
  run: async (say) => {
    const one = await startBurst([...latency, ...ec2Flags], say)
    try {
      const { cpu: before } = used(one)
      const found = await figures(one, say)
      return [...found, ...resources(one, before)]
    } finally {
      await one.close()
    }
  }
})

const all = names("web", pods)

/** EC2 that does not throttle: it is found out what it grants. */
export const unthrottled = burst("unthrottled", `${setUp}, EC2 that does not throttle`, ["--throttle", "off"], async (one) => {
  const created = await one.create(all)
  const sorted = waits(one, all)
  const counts = await one.counts()
  await one.run(one.ec2.control.forgetCalls)
  const removed = await one.remove(all, 0)
  const after = await one.counts()
  return [
    { name: `${setUp}, EC2 does not throttle: all served after`, value: created, unit: "s", aim: { at: "most", value: 10 }, note: "upstream: 82" },
    { name: "bound to annotated, the slowest in a hundred", value: quantile(sorted, 0.99), unit: "s", note: `median ${quantile(sorted, 0.5).toFixed(2)} s; ${countsText(counts)}` },
    { name: "all deleted: branches gone after, with 60 s of cooldown", value: removed, unit: "s", aim: { at: "most", value: 70 }, note: `upstream: 122; ${countsText(after)}` }
  ]
})

/** EC2 at its documented defaults. */
export const documented = burst("documented", `${setUp}, EC2 at its documented defaults`, ["--throttle", "documented"], async (one) => {
  const created = await one.create(all)
  const counts = await one.counts()
  // The buckets are full again when the releases begin.
  await new Promise((resolve) => setTimeout(resolve, 15_000))
  await one.run(one.ec2.control.forgetCalls)
  const removed = await one.remove(all, 0)
  const after = await one.counts()
  return [
    { name: `${setUp}, EC2 at its documented defaults: all served after`, value: created, unit: "s", aim: { at: "most", value: 93 }, note: "upstream: 91; the buckets alone impose 90" },
    { name: "calls that were throttled", value: throttledOf(counts), unit: "", aim: { at: "most", value: 30 }, note: `upstream: 110; ${countsText(counts)}` },
    { name: "all deleted: branches gone after, with 60 s of cooldown", value: removed, unit: "s", aim: { at: "most", value: 160 }, note: "upstream: 176" },
    { name: "EC2 calls a pod for its release", value: callsOf(after, releases) / pods, unit: "", aim: { at: "most", value: 2.05 }, note: `upstream: 3.2; ${countsText(after)}` }
  ]
})

/** More pods than places, and places that cool. */
export const full = burst("full", `${nodes} nodes full of pods, a hundred of which are replaced while their branches cool`, ["--throttle", "off"], async (one, say) => {
  const first = names("old", nodes * 54)
  await one.create(first)
  await one.run(one.ec2.control.forgetCalls)
  const replaced = first.slice(0, 100)
  const next = names("new", 100)
  say("a hundred are replaced")
  await Promise.all([one.remove(replaced, nodes * 54), one.create(next)])
  const counts = await one.counts()
  const refused = Object.entries(counts["AssociateTrunkInterface"]?.refused ?? {}).filter(([code]) => code !== "RequestLimitExceeded").reduce((sum, [, count]) => sum + count, 0)
  return [{ name: "full nodes, 100 of 540 pods replaced: associations refused", value: refused, unit: "", aim: { at: "most", value: 0 }, note: `upstream: 16–20; ${countsText(counts)}` }]
})
