import { Clock, Effect } from "effect"
import type { Snapshot } from "../../ec2/Control.js"
import type { OpenedEc2 } from "../../ec2/MemoryEc2.js"
import { isViolation } from "../../ec2/Observations.js"
import type { WireResponse } from "../../wire/Dispatch.js"
import type { WireFaults } from "../../wire/faults/WireFaults.js"
import type { WireRequest } from "../Listener.js"
import { type Access, accessRoutes } from "./AccessRoutes.js"
import { settingsRoutes } from "./Changes.js"
import { commandRoutes } from "./Commands.js"
import { faultRoutes } from "./FaultRoutes.js"
import { manual } from "./Manual.js"
import { bodyOf, json, partsOf, type Route, Wrong } from "./Route.js"

/** What the control API commands. */
export interface Commanded extends Access {
  readonly opened: OpenedEc2
  readonly faults: WireFaults
  /** The actions of EC2 and STS that there are. */
  readonly actions: ReadonlyArray<string>
}

/** Everything that there is, and whole tokens left by action, of those that were called. */
export interface WireSnapshot extends Snapshot {
  readonly tokens: Readonly<Record<string, number>>
}

/** Everything below this path is ours, and not EC2's. */
export const controlPath = "/_branchline"

export const isControl = (url: string): boolean => url === controlPath || url.startsWith(`${controlPath}/`) || url.startsWith(`${controlPath}?`)

const lookRoutes = ({ ec2, endpoint, log }: OpenedEc2): ReadonlyArray<Route> => [
  { method: "GET", path: "health", run: () => Effect.succeed({ ok: true }) },
  {
    method: "GET",
    path: "snapshot",
    run: () =>
      Effect.map(Effect.all([ec2.control.snapshot, Clock.currentTimeMillis]), ([snapshot, now]): WireSnapshot => ({ ...snapshot, tokens: endpoint.tokens(now) }))
  },
  { method: "GET", path: "calls", run: () => Effect.sync(log.calls) },
  { method: "DELETE", path: "calls", run: () => Effect.sync(log.clear) },
  { method: "GET", path: "counts", run: () => Effect.sync(log.counts) },
  { method: "GET", path: "observations", run: () => ec2.observations },
  { method: "GET", path: "violations", run: () => Effect.map(ec2.observations, (all) => all.filter(isViolation)) }
]

const wrong = ({ code, message, status }: Wrong): WireResponse => json(status, { message, code })

/** The control API: what the rest of the world does to the account, and what a test wants to know of it. It never fails: it answers. */
export const makeControlApi = (commanded: Commanded): (request: WireRequest) => Effect.Effect<WireResponse> => {
  const { actions, faults, opened } = commanded
  const routes = [
    ...lookRoutes(opened),
    ...settingsRoutes(opened.world.settings),
    ...commandRoutes(opened.ec2.control),
    ...faultRoutes(faults, actions),
    ...accessRoutes(commanded)
  ]
  return ({ body, method, url }) => {
    const [path = "", query = ""] = url.slice(controlPath.length).split("?")
    const segments = path.split("/").filter((part) => part !== "")
    if (segments.length === 0) return Effect.succeed({ status: 200, headers: { "content-type": "text/plain; charset=utf-8" }, body: manual })
    const there = routes.filter((route) => partsOf(route.path, segments) !== undefined)
    const route = there.find((one) => one.method === method)
    if (route === undefined) {
      const message = there.length > 0
        ? `${segments.join("/")} takes ${there.map((one) => one.method).join(" and ")}, not ${method}`
        : `there is no ${segments.join("/")}: GET ${controlPath}/ tells what there is`
      return Effect.succeed(wrong(new Wrong({ status: there.length > 0 ? 405 : 404, message })))
    }
    return Effect.fromResult(bodyOf(body)).pipe(
      Effect.flatMap((parsed) => route.run({ parts: partsOf(route.path, segments) ?? [], query: new URLSearchParams(query), body: parsed })),
      Effect.match({ onFailure: wrong, onSuccess: (value) => json(200, value) })
    )
  }
}
