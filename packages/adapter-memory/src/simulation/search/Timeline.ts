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

/** What was done until the last rule broke, and the `most` lines of what happened before: to each of the moments at which another rule broke its share. */
const shown = (happened: ReadonlyArray<Line>, moments: ReadonlyArray<number>, most: number): ReadonlyArray<Line> => {
  if (happened.length <= most) return happened
  const ends = moments.length === 0 ? [Infinity] : moments
  const share = Math.max(1, Math.floor(most / ends.length))
  const chosen = new Set(happened.filter((line) => isDeed(line) && line.at <= Math.max(...ends)))
  for (const end of ends) for (const line of happened.filter(({ at }) => at <= end).slice(-share)) chosen.add(line)
  return happened.filter((line) => chosen.has(line))
}

/** A life as a story: what was done, what happened, and where which rules were broken. For people; about `most` lines of what happened. */
export const timeline = ({ journal, plan, violations }: Life, most = 200): ReadonlyArray<string> => {
  const broken = violations.map(({ at, oracle, text }): Line => ({ at, text: `${seconds(at)}  BROKEN  ${oracle}\n           ${text}` }))
  const moments = [...new Set(firstOfEach(violations).map(({ at }) => at))]
  const happened = journal.map((line): Line => {
    const [, time = "0", rest = ""] = /^\+(\d+\.\d+) ([^]*)$/.exec(line) ?? []
    const at = Math.round(Number(time) * 1_000)
    return { at, text: `${seconds(at)}  ${rest}` }
  })
  const { ec2, kubernetes: _, ...world } = plan.world
  return [
    `seed ${plan.seed}: ${Object.entries(world).map(([key, value]) => `${key} ${value}`).join(", ")}`,
    `EC2: ${Object.entries(ec2).map(([key, value]) => `${key} ${value}`).join(", ")}`,
    ...[...shown(happened, moments, most), ...broken].sort((a, b) => a.at - b.at).map(({ text }) => text)
  ]
}
