import { nearest } from "@branchline/core/limits/Nearest"
import { Effect } from "effect"
import { WireFault } from "../../wire/faults/WireFault.js"
import type { FaultState, WireFaults } from "../../wire/faults/WireFaults.js"
import { type Asked, numberIn, read, type Route, Wrong } from "./Route.js"

const rule = read(WireFault, "a fault")

/** A name that there is not would never be struck. */
const known = (action: string, actions: ReadonlyArray<string>): Effect.Effect<void, Wrong> => {
  if (action === "*" || actions.includes(action)) return Effect.void
  const meant = nearest(action, actions)
  return Effect.fail(new Wrong({ status: 400, message: `a fault: there is no action "${action}"${meant === undefined ? "; * is all of them" : `, did you mean ${meant}?`}` }))
}

/** `faults…`: `actions` are those that there are. */
export const faultRoutes = (faults: WireFaults, actions: ReadonlyArray<string>): ReadonlyArray<Route> => {
  const stateOf = ({ parts: [id = ""] }: Asked): Effect.Effect<FaultState, Wrong> =>
    Effect.suspend(() => {
      const state = faults.state(id)
      return state === undefined ? Effect.fail(new Wrong({ status: 404, message: `there is no fault ${id}` })) : Effect.succeed(state)
    })
  return [
    { method: "GET", path: "faults", run: () => Effect.sync(faults.all) },
    { method: "DELETE", path: "faults", run: () => Effect.sync(faults.clear) },
    {
      method: "POST",
      path: "faults",
      run: ({ body }) => Effect.flatMap(rule(body), (fault) => Effect.map(known(fault.action, actions), () => ({ id: faults.add(fault) })))
    },
    { method: "GET", path: "faults/:id", run: stateOf },
    { method: "DELETE", path: "faults/:id", run: (asked) => Effect.map(stateOf(asked), ({ id }) => faults.remove(id)) },
    {
      method: "GET",
      path: "faults/:id/wait",
      run: Effect.fnUntraced(function*(asked) {
        const { id } = yield* stateOf(asked)
        const count = yield* numberIn(asked.query, "count", 1)
        const timeout = yield* numberIn(asked.query, "timeout", 30_000)
        const before = yield* stateOf(asked)
        yield* Effect.timeoutOption(faults.fired(id, count), timeout)
        // It may have been removed meanwhile.
        return faults.state(id) ?? before
      })
    },
    {
      method: "POST",
      path: "faults/:id/release",
      run: Effect.fnUntraced(function*(asked) {
        const { id } = yield* stateOf(asked)
        const as = asked.query.get("as") ?? "go"
        if (as !== "go" && as !== "cut") return yield* new Wrong({ status: 400, message: `?as=${as}: go lets the held calls go on, cut cuts their connections` })
        faults.release(id, as)
        return yield* stateOf(asked)
      })
    }
  ]
}
