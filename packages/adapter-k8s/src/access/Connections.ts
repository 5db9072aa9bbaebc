import { Effect } from "effect"
import { Agent, type Dispatcher, ProxyAgent } from "undici"
import type { Target } from "./Target.js"
import type { TlsMaterial } from "./TlsMaterial.js"

/**
 * Connections to the API server, as many as there are requests at once. How many those may be is for others to say, who know what is urgent
 * (`flow/Flow`): in a line here the renewal of a Lease would stand behind calls that a busy server lets wait.
 */
export interface Connections {
  readonly dispatcher: Dispatcher
}

/** kube-apiserver closes an idle connection after 90 s (`pkg/server/secure_serving.go`); whoever closes first loses no request. */
const idleFor = 45_000

const connectWithin = 10_000

const dispatcherTo = ({ cluster }: Target, material: TlsMaterial): Dispatcher => {
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
    connections: null,
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
  Effect.sync(() => ({ dispatcher: dispatcherTo(target, material) }))

/** Takes no new requests, and is gone when the last that runs has ended. */
export const retire = ({ dispatcher }: Connections): Effect.Effect<void> => Effect.ignore(Effect.tryPromise(() => dispatcher.close()))

/** Ends at once, with what runs. */
export const destroy = ({ dispatcher }: Connections): Effect.Effect<void> => Effect.ignore(Effect.tryPromise(() => dispatcher.destroy()))
