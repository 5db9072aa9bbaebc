import { documentedRates } from "@branchline/core/controller/Pacing"
import { burst, type Burst, podCount } from "./Burst.js"
import type { Figure, Measure } from "./Figure.js"

/**
 * The least time that EC2's documented rates allow, in seconds: the last create waits until its bucket has granted all others. The buckets of
 * the permission and of the association are as large and are asked for no more. To it comes the last pod's own way through the three
 * calls, 0.9 s at 300 ms each (contract §6).
 */
const bound = (podCount - documentedRates.mutating.burst) / documentedRates.mutating.perSecond

const refused = ({ wholeLife }: Burst): number =>
  wholeLife.filter(({ outcome }) => outcome._tag === "refused" && outcome.code === "RequestLimitExceeded").length

/** A thousand pods at one moment, with EC2 as it is. */
export const throttled: Measure = {
  name: "burst",
  title: "1,000 pods at once, EC2's latency and throttle, in simulated time",
  run: (say) => {
    const result = burst({ ec2: { latency: "300 millis" }, settings: {} }, say)
    return [
      {
        name: "burst of 1,000 pods, EC2's own rates, 300 ms a call: last pod annotated, simulated time",
        value: result.annotated,
        unit: "s",
        note: `${bound} s is what the rates alone impose: ${(result.annotated / bound).toFixed(3)} times that`
      },
      { name: "the same: last pod runs, simulated time", value: result.running, unit: "s" },
      {
        name: "the same: EC2 calls refused for their rate",
        value: refused(result),
        unit: "",
        note: `of ${result.wholeLife.length.toLocaleString("en-US")} calls`
      },
      { name: "the same: EC2 calls per pod until all run", value: result.calls.length / podCount, unit: "" },
      { name: "the same: EC2 calls per pod until its branch is deleted", value: result.wholeLife.length / podCount, unit: "" }
    ] satisfies ReadonlyArray<Figure>
  }
}

/** The same with nothing in the way: what the program itself takes. */
export const free: Measure = {
  name: "wall",
  title: "1,000 pods at once, without latency or throttle, in wall time",
  run: (say) => {
    const options = { ec2: { throttle: "off" }, settings: { rates: undefined } } as const
    const { processor, wall } = burst(options, say)
    return [{
      name: "burst of 1,000 pods, no latency, no throttle: all run, wall time",
      value: wall,
      unit: "s",
      aim: { at: "most", value: 10 },
      note: `${processor.toFixed(1)} s of processor time for the whole cluster`
    }]
  }
}
