import type { Step } from "./Plan.js"

const making: ReadonlySet<string> = new Set(["deployment", "statefulset", "job", "burst", "pinned", "lost"])

/** The workload that the step makes. */
export const madeBy = (step: Step): string | undefined => making.has(step.do) && "name" in step ? step.name : undefined

/** The workload that the step acts on, and does not make. */
export const actedOn = (step: Step): string | undefined => !making.has(step.do) && "name" in step ? step.name : undefined

/** Whether each step acts on a workload that some step makes. */
export const areMade = (steps: ReadonlyArray<Step>): boolean => {
  const names = new Set(steps.map(madeBy))
  return steps.map(actedOn).every((name) => name === undefined || names.has(name))
}

/** Without the steps on a workload that is not there yet, or not any more: nothing happens at them. */
export const withoutIdle = (steps: ReadonlyArray<Step>): ReadonlyArray<Step> => {
  const there = new Set<string>()
  return steps.filter((step) => {
    const made = madeBy(step)
    const name = actedOn(step)
    const isIdle = name !== undefined && !there.has(name)
    if (made !== undefined) there.add(made)
    if (step.do === "remove") there.delete(step.name)
    return !isIdle
  })
}
