import { type Dice, diceOf, inOrder, type Made, planOf, stepOf } from "../life/Generate.js"
import type { Mix } from "../life/Mix.js"
import { isTrouble, type Plan, type Step } from "../life/Plan.js"
import { below, streamFor } from "../Streams.js"

/** One plan changed in one to three places: a step more, a step less, a step at another time, of another kind's draw, or the rest of chance. */
const changed = (plan: Plan, seed: string, mix: Mix): Plan => {
  const dice = diceOf(streamFor(seed, "plan/change"))
  const made: Made = { workloads: plan.steps.flatMap((step) => step.do === "deployment" || step.do === "statefulset" || step.do === "job" ? step.name : []), bursts: plan.steps.length }
  const last = plan.steps.at(-1)?.at ?? 0
  let steps: ReadonlyArray<Step> = plan.steps
  const one = (dice: Dice): void => {
    const at = below(dice.random, Math.max(1, steps.length))
    const step = steps[at]
    switch (dice.one(["add trouble", "add trouble", "add step", "drop", "move", "redraw"])) {
      case "add trouble":
        steps = [...steps, stepOf(dice.weighted(mix.trouble), dice.seconds(0, last), dice, made, mix)]
        return
      case "add step":
        steps = [...steps, stepOf(dice.weighted(mix.workload), dice.seconds(0, last), dice, made, mix)]
        return
      case "drop":
        // Policies are what it is all about.
        if (step !== undefined && step.do !== "policy") steps = steps.filter((other) => other !== step)
        return
      case "move":
        steps = steps.map((other) => other === step && isTrouble(other) ? { ...other, at: Math.max(0, Math.round((other.at + dice.seconds(-5, 5)) * 1_000) / 1_000) } : other)
        return
      case "redraw":
        steps = steps.map((other) => other === step && isTrouble(other) ? stepOf(other.do, other.at, dice, made, mix) : other)
    }
  }
  for (let count = dice.between(1, 3); count > 0; count--) one(dice)
  return { ...plan, seed, steps: inOrder(steps) }
}

/**
 * The plan of a lineage: `17` is drawn from the mix; `17.4` is that plan, changed as 4 draws it; `17.4.2` is that one changed again. So whatever
 * a search came to can be made again from its name alone.
 */
export const planOfLineage = (lineage: string, mix: Mix): Plan => {
  const [first = "0", ...changes] = lineage.split(".")
  let plan = planOf(first, mix)
  let seed = first
  for (const change of changes) {
    seed = `${seed}.${change}`
    plan = changed(plan, seed, mix)
  }
  return plan
}

/** Whether a text names a lineage. */
export const isLineage = (text: string): boolean => /^\d+(\.\d+)*$/.test(text)
