import type { LifeFigures, Life } from "../simulation/life/Live.js"
import type { Mix } from "../simulation/life/Mix.js"
import type { Plan } from "../simulation/life/Plan.js"
import type { Violation } from "../simulation/oracle/Oracle.js"

/** A life that broke a rule. */
export interface Failure {
  /** Its lineage, from which it can be made again. */
  readonly seed: string
  readonly plan: Plan
  readonly violations: ReadonlyArray<Violation>
}

/** What a worker has to tell since it last told. */
export interface Telling {
  readonly lives: ReadonlyArray<LifeFigures & { readonly millis: number }>
  readonly cells: ReadonlyArray<string>
  readonly failures: ReadonlyArray<Failure>
  readonly isDone: boolean
}

export const failureOf = ({ plan, violations }: Life): Failure | undefined => violations.length === 0 ? undefined : { seed: plan.seed, plan, violations }

/** What a whole run came to so far. */
export interface Tally {
  readonly add: (telling: Telling) => void
  readonly lives: () => number
  readonly hours: () => number
  readonly podLives: () => number
  /** Webhook calls that the controller answered. */
  readonly answers: () => number
  readonly cells: ReadonlySet<string>
  readonly failures: ReadonlyArray<Failure>
  /** The median of a figure over all lives. */
  readonly median: (figure: keyof LifeFigures | "millis") => number
}

export const makeTally = (): Tally => {
  const figures = new Map<string, Array<number>>()
  const cells = new Set<string>()
  const failures: Array<Failure> = []
  let lives = 0
  let seconds = 0
  let podLives = 0
  let answers = 0
  return {
    cells,
    failures,
    lives: () => lives,
    hours: () => seconds / 3_600,
    podLives: () => podLives,
    answers: () => answers,
    add: (telling) => {
      for (const life of telling.lives) {
        lives += 1
        seconds += life.seconds
        podLives += life.podLives
        answers += life.answers
        for (const [name, value] of Object.entries(life)) {
          const values = figures.get(name) ?? []
          values.push(value)
          figures.set(name, values)
        }
      }
      for (const cell of telling.cells) cells.add(cell)
      failures.push(...telling.failures)
    },
    median: (figure) => {
      const values = (figures.get(figure) ?? []).toSorted((a, b) => a - b)
      return values[values.length >> 1] ?? 0
    }
  }
}

/** What a run's medians have to reach to be about real pieces of life, where its mix does not say otherwise. */
export const floors: NonNullable<Mix["least"]> = { nodes: 3, podLives: 30, faults: 5, quiet: 600 }

/** The medians that are below their floor, in words. */
export const shallow = (tally: Tally, least = floors): ReadonlyArray<string> =>
  tally.lives() === 0 ? ["nothing was lived"] : Object.entries(least).flatMap(([figure, floor]) => {
    const median = tally.median(figure as keyof typeof floors)
    return median >= floor ? [] : [`the median life has ${median} ${figure === "podLives" ? "pod lives" : figure === "quiet" ? "seconds of quiet" : figure}, and not ${floor}`]
  })

/** Why what a run came to may mean nothing, in words: `podLives` were served and `answers` given to webhooks in all its lives. */
export const doubts = ({ answers, podLives }: Pick<LifeFigures, "answers" | "podLives">): ReadonlyArray<string> => [
  ...(answers > 0 ? [] : ["the controller never was ready: it answered no webhook, so no pod asked for a branch. Its process has to call `answer`, with an effect that says true in the end"]),
  ...(podLives > 0 ? [] : ["no pod was served in any life"])
]
