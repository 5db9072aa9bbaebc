import { health, whether } from "@branchline/adapter-k8s/operations/server/Health"
import { listen } from "@branchline/adapter-k8s/operations/server/Listener"
import { json, type Route } from "@branchline/adapter-k8s/operations/server/Page"
import { Clock, Effect, type Scope } from "effect"
import { CouldNotLook } from "../output/CouldNotLook.js"
import type { Address } from "./Address.js"
import { metricsText } from "./Metrics.js"
import { observationOf } from "./Report.js"
import type { State } from "./State.js"

/** A round that is this much late hangs, milliseconds: longer than a look may take. */
const late = 10 * 60_000

/** What is served: `/conditions`, `/metrics`, `/healthz` (rounds go on) and `/readyz` (a look has seen something). */
export const routes = (state: Effect.Effect<State>): ReadonlyArray<Route> => {
  const alive = whether(
    "rounds",
    Effect.gen(function*() {
      const { every, lookedAt } = yield* state
      return (yield* Clock.currentTimeMillis) - lookedAt < every + late
    }),
    "no look has ended for too long"
  )
  const looked = whether("looked", Effect.map(state, ({ looks }) => looks.seen > 0), "nothing has been seen yet")
  return [
    { path: "/conditions", page: () => Effect.map(state, ({ judgement }) => json(judgement === undefined ? { takenAt: "", conditions: [], differences: [] } : observationOf(judgement))) },
    {
      path: "/metrics",
      page: () => Effect.map(Effect.all([state, Clock.Clock]), ([is, clock]) => ({ status: 200, contentType: "text/plain; version=0.0.4; charset=utf-8", body: metricsText(is, clock) }))
    },
    { path: "/healthz", page: () => health([alive], "healthz check passed", "healthz check failed") },
    { path: "/readyz", page: () => health([looked], "readyz check passed", "readyz check failed") }
  ]
}

/** Serves until the scope ends, and answers the port. Fails where it cannot listen. */
export const serve = (state: Effect.Effect<State>, address: Address): Effect.Effect<number, CouldNotLook, Scope.Scope> =>
  listen({ ...address, routes: routes(state) }).pipe(Effect.mapError(({ message }) => new CouldNotLook({ message, mend: "choose another --listen" })))
