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

const within = async (promise: Promise<void>, milliseconds: number, what: string): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => (timer = setTimeout(() => reject(new Error(`not within ${milliseconds / 1_000} s: ${what}`)), milliseconds)))
  await Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** Brings the controller to the call, which is held; answers how to see that all is well after it was killed there. */
const approach = async (lane: Lane, { phase }: Case): Promise<() => Promise<string>> => {
  switch (phase) {
    case "start": {
      await lane.start()
      return async () => {
        await lane.podServed(await lane.createPod(lane.home))
        return "served"
      }
    }
    case "node": {
      const node = await lane.addNode()
      return async () => {
        await lane.nodeServes(node)
        await lane.podServed(await lane.createPod(node))
        return "served"
      }
    }
    case "pod": {
      const name = await lane.createPod(lane.home)
      return async () => {
        await lane.podServed(name)
        return "served"
      }
    }
    case "release": {
      await lane.deletePods()
      return async () => {
        await lane.allReleased(60_000)
        return "released"
      }
    }
  }
}

const messageOf = (error: unknown): string => error instanceof Error ? `${error.message}${error.cause instanceof Error ? `: ${error.cause.message}` : ""}` : String(error)

/** Kills the controller with kill -9 while it waits for the call, starts another one, and sees what becomes of the pod. */
export const killAt = async (lane: Lane, row: Case): Promise<Outcome> => {
  if (row.phase === "release" || row.phase === "start") await lane.podServed(await lane.createPod(lane.home))
  if (row.phase === "start") {
    await lane.kill()
    await lane.forgetLease()
  }
  const hold = lane.gates[row.of].hold(row.call, row.side)
  let killedAt = performance.now()
  const outcome = (became: string, isGood: boolean): Outcome => ({ row, became, isGood, seconds: (performance.now() - killedAt) / 1_000 })
  try {
    const isWell = await approach(lane, row)
    await within(hold.reached, row.phase === "release" ? 50_000 : 20_000, `${row.call} is called`)
    await lane.kill()
    killedAt = performance.now()
    await lane.start()
    const became = await isWell()
    const strays = row.phase === "release" ? [] : await lane.strays()
    return outcome(strays.length === 0 ? became : `${became}; not settled: ${strays.join(", ")}`, true)
  } catch (error) {
    return outcome(messageOf(error), false)
  } finally {
    hold.lift()
  }
}
