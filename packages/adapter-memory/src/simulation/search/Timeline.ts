import type { Life } from "../life/Live.js"

const seconds = (at: number): string => (at / 1_000).toFixed(3).padStart(9)

/** A life as a story: what was done, what happened, and where which rule was broken. For people; `most` lines of what happened at most. */
export const timeline = ({ journal, plan, violations }: Life, most = 200): ReadonlyArray<string> => {
  const broken = violations.map(({ at, oracle, text }) => ({ at, line: `${seconds(at)}  BROKEN  ${oracle}\n           ${text}` }))
  const happened = journal.map((line) => {
    const [, time = "0", rest = ""] = /^\+(\d+\.\d+) ([^]*)$/.exec(line) ?? []
    const at = Math.round(Number(time) * 1_000)
    return { at, line: `${seconds(at)}  ${rest}` }
  })
  const first = broken[0]?.at
  const shown = happened.length <= most ? happened : [
    ...happened.filter(({ at, line }) => (line.includes("step:") || line.includes("TROUBLE:")) && (first === undefined || at <= first)),
    ...happened.filter(({ at }) => first === undefined || at <= first).slice(-most)
  ]
  const all = [...new Map(shown.map((one) => [`${one.at} ${one.line}`, one])).values(), ...broken].sort((a, b) => a.at - b.at)
  const { ec2, kubernetes: _, ...world } = plan.world
  return [
    `seed ${plan.seed}: ${Object.entries(world).map(([key, value]) => `${key} ${value}`).join(", ")}`,
    `EC2: ${Object.entries(ec2).map(([key, value]) => `${key} ${value}`).join(", ")}`,
    ...all.map(({ line }) => line)
  ]
}
