import { Schema } from "effect"
import { life } from "./Life.js"
import { leastTime } from "./Throttle.js"

/** EC2's calls of a change, by action, and what EC2's default rates make of them. */
export const Calls = Schema.Struct({
  total: Schema.Int,
  byAction: Schema.Array(Schema.Struct({ action: Schema.String, calls: Schema.Int })),
  leastSeconds: Schema.Finite.annotate({ description: "That EC2's documented default takes to grant them: for each action 50 at once and 5 a second (cooldown not counted)" })
})
export type Calls = typeof Calls.Type

/** The calls for so many branches that are made, and so many that go. */
export const callsOf = (made: number, gone: number): Calls => {
  const counts = new Map<string, number>()
  const add = (actions: ReadonlyArray<string>, times: number): void => {
    for (const action of actions) if (times > 0) counts.set(action, (counts.get(action) ?? 0) + times)
  }
  add(life.made, made)
  add(life.gone, gone)
  const byAction = [...counts].map(([action, calls]) => ({ action, calls }))
  return {
    total: byAction.reduce((sum, { calls }) => sum + calls, 0),
    byAction,
    leastSeconds: Math.max(0, ...byAction.map(({ action, calls }) => leastTime(action, calls))) / 1_000
  }
}
