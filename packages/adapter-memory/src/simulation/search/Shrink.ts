import type { Violation } from "../oracle/Oracle.js"
import { type Life, live } from "../life/Live.js"
import type { Plan, Step, World } from "../life/Plan.js"
import type { Subject } from "../life/Subject.js"
import { areMade, withoutIdle } from "../life/Workloads.js"

/** What a shrink came to. */
export interface Shrunk {
  /** The smallest plan found that still breaks the same rule. */
  readonly life: Life
  /** Lives that were tried. */
  readonly tried: number
}

const breaks = ({ violations }: Life, oracle: string): boolean => violations.some((one) => one.oracle === oracle)

/** The same step with smaller numbers: what is gentler, shorter or fewer. */
const smaller = (step: Step): ReadonlyArray<Step> => {
  switch (step.do) {
    case "burst":
      return [{ ...step, pods: 1 }, { ...step, pods: Math.ceil(step.pods / 2) }]
    case "deployment":
    case "statefulset":
    case "scale":
      return [{ ...step, replicas: 1 }, { ...step, replicas: Math.floor(step.replicas / 2) }]
    case "job":
      return [{ ...step, completions: 1, parallelism: 1 }]
    case "evict":
    case "label":
      return [{ ...step, pods: 1 }]
    case "sight":
      return [{ ...step, lag: 0 }, { ...step, stale: 0 }, { ...step, coalesce: 0 }, { ...step, reorder: 0 }]
    case "ec2":
    case "kubernetes":
      return [{ ...step, share: 1 }]
    default:
      return []
  }
}

const calmerEc2 = (changes: Partial<World["ec2"]>) => (world: World): World => ({ ...world, ec2: { ...world.ec2, ...changes } })

/** What makes a world simpler, each by itself. */
const simplifications: ReadonlyArray<(world: World) => World> = [
  (world) => ({ ...world, nodes: 1 }),
  (world) => ({ ...world, replicas: 1 }),
  (world) => ({ ...world, idle: "off" }),
  (world) => ({ ...world, kubelets: "prompt" }),
  (world) => ({ ...world, kubernetes: { latency: "none" } }),
  calmerEc2({ latency: "none" }),
  calmerEc2({ lag: 0 }),
  calmerEc2({ vlanCooldown: 0 }),
  calmerEc2({ releaseDelay: 0 }),
  calmerEc2({ throttle: "off" }),
  (world) => {
    const { releases: _, ...ec2 } = world.ec2
    return { ...world, ec2 }
  }
]

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/**
 * The smallest plan that still breaks the rule which the life breaks first: whole stretches of steps are left out, then single ones (Zeller's ddmin),
 * then numbers and the world are made simpler, as long as there is progress and at most `most` lives are lived.
 */
export const shrink = (found: Life, subject: Subject, most = 400): Shrunk => {
  const rule = found.violations[0]?.oracle
  if (rule === undefined) return { life: found, tried: 0 }
  let best = found
  let tried = 0

  /** Whether the plan still fails; then it is the best so far. */
  const accept = (plan: Plan): boolean => {
    if (tried >= most) return false
    tried += 1
    const life = live(plan, subject)
    if (!breaks(life, rule)) return false
    best = life
    return true
  }

  /** Steps on workloads that are gone go with them, where the plan fails without them, too; a plan that a file can hold stays one. */
  const acceptSteps = (steps: ReadonlyArray<Step>): boolean => {
    const busy = withoutIdle(steps)
    if (accept({ ...best.plan, steps: busy })) return true
    return busy.length < steps.length && (areMade(steps) || !areMade(best.plan.steps)) && accept({ ...best.plan, steps })
  }

  const dropSteps = (): void => {
    if (withoutIdle(best.plan.steps).length < best.plan.steps.length) accept({ ...best.plan, steps: withoutIdle(best.plan.steps) })
    for (let size = Math.ceil(best.plan.steps.length / 2); size >= 1; size = Math.floor(size / 2)) {
      for (let from = 0; from < best.plan.steps.length;) {
        const { steps } = best.plan
        if (!acceptSteps(steps.filter((_, index) => index < from || index >= from + size))) from += size
      }
    }
  }
  const simplify = (): void => {
    for (const simpler of simplifications) {
      const plan = { ...best.plan, world: simpler(best.plan.world) }
      if (!isSame(plan, best.plan)) accept(plan)
    }
    for (let index = 0; index < best.plan.steps.length; index++) {
      const step = best.plan.steps[index]
      for (const next of step === undefined ? [] : smaller(step)) {
        if (isSame(next, step)) continue
        if (accept({ ...best.plan, steps: best.plan.steps.with(index, next) })) break
      }
    }
  }

  for (let before: Plan | undefined; before !== best.plan && tried < most;) {
    before = best.plan
    dropSteps()
    simplify()
  }
  return { life: best, tried }
}

/** What broke, in a line. */
export const violationLine = ({ oracle, text }: Violation): string => `${oracle}: ${text}`
