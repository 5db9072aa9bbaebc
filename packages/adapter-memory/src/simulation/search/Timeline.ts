import { entryOf } from "../Journal.js"
import type { Life } from "../life/Live.js"
import type { Violation } from "../oracle/Oracle.js"

const seconds = (at: number): string => (at / 1_000).toFixed(3).padStart(9)

/** Of each broken rule the first time. */
export const firstOfEach = (violations: ReadonlyArray<Violation>): ReadonlyArray<Violation> =>
  violations.filter(({ oracle }, index) => violations.findIndex((other) => other.oracle === oracle) === index)

interface Line {
  readonly at: number
  readonly text: string
}

const isDeed = ({ text }: Line): boolean => /^ *[\d.]+ {2}(step|TROUBLE): /.test(text)

/** So many lines lead to a rule that breaks after the first: it mostly follows from that one. */
const few = 3

/** What was done until the last rule broke, and what happened just before: `most` lines lead to the first rule, a few to each other. */
const shown = (happened: ReadonlyArray<Line>, moments: ReadonlyArray<number>, most: number): ReadonlyArray<Line> => {
  if (happened.length <= most) return happened
  const ends = moments.length === 0 ? [Infinity] : moments
  const last = Math.max(...ends)
  const chosen = new Set(happened.filter((line) => isDeed(line) && line.at <= last))
  for (const [index, end] of ends.entries()) {
    for (const line of happened.filter(({ at }) => at <= end).slice(index === 0 ? -most : -few)) chosen.add(line)
  }
  return happened.filter((line) => chosen.has(line))
}

/** A life as a story: what was done, what happened, and where which rules were broken. For people; `most` lines lead to the first of them. */
export const timeline = ({ journal, plan, violations }: Life, most = 200): ReadonlyArray<string> => {
  const broken = violations.map(({ at, oracle, text }): Line => ({ at, text: `${seconds(at)}  BROKEN  ${oracle}\n           ${text}` }))
  const moments = [...new Set(firstOfEach(violations).map(({ at }) => at))]
  const happened = journal.map((line): Line => {
    const { at, text } = entryOf(line)
    return { at, text: `${seconds(at)}  ${text}` }
  })
  const { ec2, kubernetes: _, ...world } = plan.world
  return [
    `seed ${plan.seed}: ${Object.entries(world).map(([key, value]) => `${key} ${value}`).join(", ")}`,
    `EC2: ${Object.entries(ec2).map(([key, value]) => `${key} ${value}`).join(", ")}`,
    ...[...shown(happened, moments, most), ...broken].sort((a, b) => a.at - b.at).map(({ text }) => text)
  ]
}
