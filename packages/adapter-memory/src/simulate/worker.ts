import type { Mix } from "../simulation/life/Mix.js"
import { make } from "../simulation/search/Search.js"
import { loadSubject } from "./Subjects.js"
import { failureOf, type Failure, type Telling } from "./Tally.js"

/** What a worker is to do: the numbers `first`, `first + stride`, … as long as they are below `end`, until it is told to stop. */
export interface Task {
  readonly first: number
  readonly end: number
  readonly stride: number
  readonly mix: Mix
  readonly controller: string | undefined
  readonly chance: boolean
}

/** Between two tellings, milliseconds. */
const tellEvery = 300

const work = async ({ chance, controller, end, first, mix, stride }: Task): Promise<void> => {
  const subject = await loadSubject(controller)
  const search = make({ subject, mix, only: chance ? "chance" : undefined })
  let stopped = false
  process.on("message", () => (stopped = true))
  let lives: Array<Telling["lives"][number]> = []
  let failures: Array<Failure> = []
  const told = new Set<string>()
  let last = performance.now()
  const tell = (isDone: boolean): void => {
    const cells = [...search.cells].filter((cell) => !told.has(cell))
    for (const cell of cells) told.add(cell)
    process.send?.({ lives, cells, failures, isDone } satisfies Telling)
    lives = []
    failures = []
    last = performance.now()
  }
  for (let number = first; number < end && !stopped; number += stride) {
    const began = performance.now()
    const life = search.next(number)
    lives.push({ ...life.figures, millis: performance.now() - began })
    const failure = failureOf(life)
    if (failure !== undefined) failures.push(failure)
    if (performance.now() - last > tellEvery) {
      tell(false)
      // Whoever says stop is heard between two tasks of the event loop.
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  tell(true)
  process.disconnect()
}

process.once("message", (task) => void work(task as Task))
