import type { Figure } from "../Figure.js"

/** As `Measure`, of something that goes on beside this process. */
export interface LongMeasure {
  readonly name: string
  readonly title: string
  readonly run: (say: (text: string) => void) => Promise<ReadonlyArray<Figure>>
}
