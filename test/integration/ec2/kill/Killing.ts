import type { Case } from "./Boundaries.js"
import type { Lane } from "./Lane.js"

/** What became of it. */
export interface Outcome {
  readonly row: Case
  /** `served` or `released`; else what is wrong. */
  readonly became: string
  readonly isGood: boolean
  /** From the kill to that. */
  readonly seconds: number
}

const within = async (promise: Promise<unknown>, milliseconds: number, what: string): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => (timer = setTimeout(() => reject(new Error(`not within ${milliseconds / 1_000} s: ${what}`)), milliseconds)))
  await Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

const messageOf = (error: unknown): string => error instanceof Error ? `${error.message}${error.cause instanceof Error ? `: ${error.cause.message}` : ""}` : String(error)

/** Brings the controller to a call, which is held; answers how to see that the pod is served after it was killed there. */
const approach = async (lane: Lane, { phase }: Case): Promise<() => Promise<void>> => {
  switch (phase) {
    case "start": {
      await lane.start()
      return async () => lane.podServed(await lane.createPod(lane.home))
    }
    case "node": {
      const node = await lane.addNode()
      return async () => {
        await lane.nodeServes(node)
        await lane.podServed(await lane.createPod(node))
      }
    }
    case "pod": {
      const name = await lane.createPod(lane.home)
      return () => lane.podServed(name)
    }
    case "release":
      throw new Error("releases are killed together")
  }
}

/** Kills the controller with kill -9 while it waits for the call, starts another one, and sees that the pod is served. */
export const killAt = async (lane: Lane, row: Case): Promise<Outcome> => {
  if (row.phase === "start") {
    await lane.kill()
    await lane.forgetLease()
  }
  const hold = lane.gates[row.of].hold(row.call, row.side)
  let killedAt = performance.now()
  const outcome = (became: string, isGood: boolean): Outcome => ({ row, became, isGood, seconds: (performance.now() - killedAt) / 1_000 })
  try {
    const isServed = await approach(lane, row)
    await within(hold.reached, 60_000, `${row.call} is called`)
    await lane.kill()
    killedAt = performance.now()
    await lane.start()
    await isServed()
    const strays = await lane.strays()
    return outcome(strays.length === 0 ? "served" : `served; not settled: ${strays.join(", ")}`, true)
  } catch (error) {
    return outcome(messageOf(error), false)
  } finally {
    hold.lift()
  }
}

/**
 * A branch rests for half a minute before it is released, and once more after a restart. So as many pods as there are rows go at once, each row's
 * call is held for another one of them, and one kill -9 finds the controller at all of these calls.
 */
export const killAtAll = async (lane: Lane, rows: ReadonlyArray<Case>): Promise<ReadonlyArray<Outcome>> => {
  // One more than there are rows: it is through before the kill, or comes to nothing.
  for (const name of await Promise.all(Array.from({ length: rows.length + 1 }, () => lane.createPod(lane.home)))) await lane.podServed(name)
  const holds = rows.map(({ call, of, side }) => lane.gates[of].hold(call, side))
  await lane.deletePods()
  const reached = await Promise.all(holds.map(({ reached }, index) =>
    within(reached, 90_000, `${rows[index]?.call} is called`).then(() => undefined, messageOf)))
  await lane.kill()
  const killedAt = performance.now()
  for (const { lift } of holds) lift()
  await lane.start()
  const trouble = await lane.allReleased(90_000).then(() => undefined, messageOf)
  const seconds = (performance.now() - killedAt) / 1_000
  // Later starts have something to find.
  await lane.podServed(await lane.createPod(lane.home))
  return rows.map((row, index) => {
    const problem = reached[index] ?? trouble
    return { row, became: problem ?? "released", isGood: problem === undefined, seconds }
  })
}
