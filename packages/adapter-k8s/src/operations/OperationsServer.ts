import { Clock, Effect, type Scope } from "effect"
import { introspect, introspectNode, introspectPod } from "./Introspection.js"
import type { Metrics, Sources } from "./Metrics.js"
import { type Check, health } from "./server/Health.js"
import { listen, type Listening, type OperationsServerError } from "./server/Listener.js"
import type { Place } from "./Places.js"
import { json, type Route, text } from "./server/Page.js"

export { defaultPlaces, type Place } from "./Places.js"
export { type Check, whether } from "./server/Health.js"
export { OperationsServerError } from "./server/Listener.js"

/** What is served, and where; what is left out is not served. Places with the same port share one server. */
export interface OperationsOptions {
  /** `/metrics`. */
  readonly metrics?: Place | undefined
  /** `/healthz` and `/readyz`. */
  readonly health?: Place | undefined
  /** `/introspect` and what is below it. It tells names and addresses: think before you let it listen on more than loopback. */
  readonly introspection?: Place | undefined
  readonly of: Pick<Metrics, "text">
  readonly sources: Sources
  /** What has to be well for the process to be let live; where it is not, kubelet starts it anew. */
  readonly alive?: ReadonlyArray<Check> | undefined
  /** What has to be well before requests are sent to it. */
  readonly ready?: ReadonlyArray<Check> | undefined
  readonly version?: string | undefined
}

/** Where it is served, once it is; undefined for what is not. */
export interface Operations {
  readonly metrics: number | undefined
  readonly health: number | undefined
  readonly introspection: number | undefined
}

const metricsRoutes = ({ of, sources }: OperationsOptions): ReadonlyArray<Route> => [{
  path: "/metrics",
  page: () => Effect.map(of.text(sources), (body) => ({ status: 200, contentType: "text/plain; version=0.0.4; charset=utf-8", body }))
}]

const healthRoutes = ({ alive = [], ready = [] }: OperationsOptions): ReadonlyArray<Route> => [
  { path: "/healthz", page: () => health(alive, "healthz check passed", "healthz check failed") },
  { path: "/readyz", page: () => health(ready, "readyz check passed", "readyz check failed") }
]

const introspectionRoutes = ({ sources, version }: OperationsOptions): ReadonlyArray<Route> => {
  const controller = sources.controller ?? Effect.succeed(undefined)
  const about = (what: (knowledge: Parameters<typeof introspectNode>[0], now: number) => unknown, missing: string) =>
    Effect.gen(function*() {
      const running = yield* controller
      if (running === undefined) return text(503, "503: no controller runs in this process; ask the replica that leads")
      const found = what(running.knowledge, yield* Clock.currentTimeMillis)
      return found === undefined ? text(404, `404: ${missing}`) : json(found)
    })
  const everything = Effect.gen(function*() {
    const running = yield* controller
    const leadership = sources.leadership === undefined ? undefined : yield* sources.leadership
    return json(introspect({
      controller: running === undefined ? undefined : { knowledge: running.knowledge, queue: yield* running.queue, pacing: yield* running.pacing },
      leadership,
      version,
      now: yield* Clock.currentTimeMillis
    }))
  })
  return [
    { path: "/introspect", page: () => everything },
    {
      path: "/introspect/nodes/<name>",
      page: ([name = ""]) => about((knowledge, now) => introspectNode(knowledge, name, now), `the controller knows no node ${name}`)
    },
    {
      path: "/introspect/pods/<namespace>/<name>",
      page: ([namespace = "", name = ""]) =>
        about((knowledge, now) => introspectPod(knowledge, namespace, name, now), `the controller knows no pod ${namespace}/${name}`)
    }
  ]
}

const isWildcard = (host: string): boolean => host === "0.0.0.0" || host === "::"

interface Part extends Place {
  readonly name: keyof Operations
  readonly routes: ReadonlyArray<Route>
}

/** Which servers there have to be: one for each port and host, and one alone where a port is listened on at every address. */
const serversOf = (parts: ReadonlyArray<Part>): ReadonlyArray<{ readonly listening: Listening; readonly names: ReadonlyArray<keyof Operations> }> => {
  const servers: Array<{ host: string; readonly port: number; readonly parts: Array<Part> }> = []
  for (const part of parts.toSorted((a, b) => Number(isWildcard(b.host)) - Number(isWildcard(a.host)))) {
    const shared = part.port === 0 ? undefined : servers.find(({ host, port }) => port === part.port && (host === part.host || isWildcard(host)))
    if (shared === undefined) servers.push({ host: part.host, port: part.port, parts: [part] })
    else shared.parts.push(part)
  }
  return servers.map(({ host, parts: served, port }) => ({
    names: served.map(({ name }) => name),
    listening: {
      host,
      port,
      routes: served.flatMap((part) => part.routes.map((route) => ({ ...route, host: part.host === host ? undefined : part.host })))
    }
  }))
}

/**
 * Serves metrics, health and introspection over HTTP until the scope ends, and answers at which ports. Fails with the port and the mend where
 * one cannot be listened on; not retryable.
 */
export const make = (options: OperationsOptions): Effect.Effect<Operations, OperationsServerError, Scope.Scope> =>
  Effect.gen(function*() {
    const parts: ReadonlyArray<Part> = [
      ...(options.metrics === undefined ? [] : [{ name: "metrics" as const, routes: metricsRoutes(options), ...options.metrics }]),
      ...(options.health === undefined ? [] : [{ name: "health" as const, routes: healthRoutes(options), ...options.health }]),
      ...(options.introspection === undefined ? [] : [{ name: "introspection" as const, routes: introspectionRoutes(options), ...options.introspection }])
    ]
    const ports = new Map<keyof Operations, number>()
    for (const { listening, names } of serversOf(parts)) {
      const port = yield* listen(listening)
      for (const name of names) ports.set(name, port)
    }
    return { metrics: ports.get("metrics"), health: ports.get("health"), introspection: ports.get("introspection") }
  })
