import { Effect } from "effect"
import { Agent, type Dispatcher, ProxyAgent } from "undici"
import type { Target } from "./Target.js"
import type { TlsMaterial } from "./TlsMaterial.js"

/** Connections to the API server: watches have their own, so that calls never wait behind them. */
export interface Connections {
  readonly calls: Dispatcher
  readonly watches: Dispatcher
}

/** Calls at once; more wait for a connection. The API server's own limit is 400 for all its clients (`--max-requests-inflight`). */
const callsAtOnce = 64

/** kube-apiserver closes an idle connection after 90 s (`pkg/server/secure_serving.go`); whoever closes first loses no request. */
const idleFor = 45_000

const connectWithin = 10_000

const dispatcher = ({ cluster }: Target, material: TlsMaterial, connections: number | null): Dispatcher => {
  const { ca, cert, key, rejectUnauthorized, servername } = material
  const tls = {
    rejectUnauthorized,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(servername === undefined ? {} : { servername })
  }
  // Load balancers forget a connection that is silent for a minute: half of it, as client-go and client-node do.
  const socket = { keepAlive: true, keepAliveInitialDelay: 30_000, timeout: connectWithin }
  const common = {
    // HTTP/2 would put every watch and every call onto one connection.
    allowH2: false,
    connections,
    keepAliveTimeout: idleFor
  }
  return cluster.proxyUrl
    ? new ProxyAgent({
      ...common,
      // `h` asks the proxy to resolve names, which undici always does.
      uri: cluster.proxyUrl.replace(/^socks5h:/, "socks5:"),
      requestTls: { ...socket, ...tls },
      proxyTls: socket,
      connectTimeout: connectWithin
    })
    : new Agent({ ...common, connect: { ...socket, ...tls } })
}

export const open = (target: Target, material: TlsMaterial): Effect.Effect<Connections> =>
  Effect.sync(() => ({ calls: dispatcher(target, material, callsAtOnce), watches: dispatcher(target, material, null) }))

/** Takes no new requests, and is gone when the last that runs has ended. */
export const retire = ({ calls, watches }: Connections): Effect.Effect<void> =>
  Effect.ignore(Effect.tryPromise(() => Promise.all([calls.close(), watches.close()])))

/** Ends at once, with what runs. */
export const destroy = ({ calls, watches }: Connections): Effect.Effect<void> =>
  Effect.ignore(Effect.tryPromise(() => Promise.all([calls.destroy(), watches.destroy()])))
