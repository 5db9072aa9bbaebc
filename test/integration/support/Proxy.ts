import type { IncomingMessage, ServerResponse } from "node:http"
import { Agent, createServer, request } from "node:https"
import { certificate } from "./Certificates.js"
import type { ControlPlane } from "./ControlPlane.js"
import { freePorts } from "./Program.js"

/** A request that reached the proxy, and what became of it. */
export interface Asked {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly method: string
  readonly path: string
  /** A list of one object only asks how far the server has come. */
  readonly verb: "list" | "watch" | "version" | "other"
  /** From which version a watch was to go on. */
  readonly resourceVersion: string | undefined
  /** What the client was answered; undefined until then, and where its connection was cut before. */
  readonly status: number | undefined
  /** Who made the answer. */
  readonly by: "server" | "proxy" | undefined
  /** Lines of a watch: told to the client, and kept from it. */
  readonly lines: { readonly told: number; readonly swallowed: number }
  /** What the proxy did to it, in order. */
  readonly did: ReadonlyArray<string>
}

type Entry = { -readonly [K in keyof Asked]: Asked[K] } & { lines: { told: number; swallowed: number }; did: Array<string> }

/** An answer of the proxy's own. */
export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

/** A watch that goes through the proxy now. */
export interface OpenWatch {
  readonly asked: Asked
  /** Not a byte more, while the connection stands. */
  readonly hush: () => void
  /** Of the next line only the first half, and then a reset. */
  readonly cutInNextLine: () => void
  /** A line of the proxy's own, and none of the server's after it; the client has to end it. */
  readonly say: (line: string) => void
  /** Resets the connection now. */
  readonly reset: () => void
}

/** An HTTPS server between clients and the API server that passes on, notes, and makes trouble. */
export interface Proxy {
  /** `https://127.0.0.1:…`, with a certificate of the control plane's authority. */
  readonly server: string
  readonly log: ReadonlyArray<Asked>
  readonly watches: () => ReadonlyArray<OpenWatch>
  /**
   * Answers in the server's stead whatever is asked and fits, `answers` one after the other or, given one, for as long as it is not lifted.
   * The later rule goes first.
   */
  readonly answer: (fits: (asked: Asked) => boolean, answers: Answer | ReadonlyArray<Answer>) => { readonly lift: () => void; readonly count: () => number }
  /** Passes on the next so many that fit, and resets the client's connection when the server has answered: done, and nobody told. */
  readonly loseAnswers: (fits: (asked: Asked) => boolean, times: number) => { readonly count: () => number }
  readonly stop: () => Promise<void>
}

/** A body as the API server's own of that code. */
export const status = (code: number, reason: string, message: string, details: object = {}): string =>
  JSON.stringify({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, code, details })

export const gone = (message = "too old resource version: 1 (100)"): Answer => ({ status: 410, body: status(410, "Expired", message) })

export const isWatch = ({ verb }: Asked): boolean => verb === "watch"
export const isRead = ({ verb }: Asked): boolean => verb === "list" || verb === "watch"

const hopByHop = new Set(["connection", "host", "keep-alive", "transfer-encoding"])

const entryOf = ({ method = "GET", url = "/" }: IncomingMessage): Entry => {
  const { pathname, searchParams } = new URL(url, "https://proxy")
  const isCollection = !/\/(pods|nodes|configmaps|events|leases|serviceaccounts|securitygrouppolicies|cninodes|eniconfigs)\/[^/]+/.test(pathname)
  const verb = method !== "GET" || !isCollection ? "other" : searchParams.has("watch") ? "watch" : searchParams.get("limit") === "1" ? "version" : "list"
  return {
    at: Date.now(), method, path: pathname, verb,
    resourceVersion: searchParams.get("resourceVersion") ?? undefined,
    status: undefined, by: undefined, lines: { told: 0, swallowed: 0 }, did: []
  }
}

const reset = (response: ServerResponse): void => {
  response.socket?.destroy()
}

/** What stands between one watch of the server's and its client. */
const relay = (entry: Entry, upstream: IncomingMessage, response: ServerResponse): OpenWatch => {
  let mode: "pass" | "hush" | "cut" = "pass"
  let rest: Buffer = Buffer.alloc(0)
  const line = (bytes: Buffer): void => {
    if (mode === "hush") {
      entry.lines.swallowed++
      return
    }
    if (mode === "cut") {
      mode = "hush"
      entry.lines.swallowed++
      entry.did.push(`cut a line of ${bytes.length} bytes in the middle`)
      response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => reset(response))
      return
    }
    entry.lines.told++
    response.write(bytes)
  }
  upstream.on("data", (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk])
    for (let end = rest.indexOf(0x0a); end !== -1; end = rest.indexOf(0x0a)) {
      line(rest.subarray(0, end + 1))
      rest = rest.subarray(end + 1)
    }
  })
  upstream.on("end", () => {
    if (mode !== "pass") return
    if (rest.length > 0) response.write(rest)
    response.end()
  })
  return {
    asked: entry,
    hush: () => {
      mode = "hush"
      entry.did.push("hushed")
    },
    cutInNextLine: () => {
      mode = "cut"
    },
    say: (text) => {
      mode = "hush"
      entry.did.push(`said ${text.slice(0, 80)}`)
      response.write(`${text}\n`)
    },
    reset: () => {
      mode = "hush"
      entry.did.push("reset")
      reset(response)
    }
  }
}

/** Starts a proxy before a control plane's API server. Its clients are known by token: a client certificate ends here. */
export const startProxy = async (plane: ControlPlane): Promise<Proxy> => {
  const pair = await certificate({ commonName: "proxy", dnsNames: ["localhost"], addresses: ["127.0.0.1"], ca: plane.ca })
  const agent = new Agent({ ca: plane.ca.cert, keepAlive: true })
  const log: Array<Entry> = []
  const open = new Set<OpenWatch>()
  const losses: Array<{ readonly fits: (asked: Asked) => boolean; left: number }> = []
  const rules: Array<{ readonly fits: (asked: Asked) => boolean; readonly next: () => Answer | undefined }> = []

  const pass = (entry: Entry, incoming: IncomingMessage, response: ServerResponse): void => {
    const headers = Object.fromEntries(Object.entries(incoming.headers).filter(([name]) => !hopByHop.has(name)))
    const call = request({ host: "127.0.0.1", port: plane.port, method: entry.method, path: incoming.url, headers, agent }, (upstream) => {
      entry.status = upstream.statusCode
      entry.by = "server"
      const loss = losses.find(({ fits, left }) => left > 0 && fits(entry))
      if (loss !== undefined) {
        loss.left--
        entry.did.push("the answer was lost")
        upstream.resume()
        upstream.on("end", () => reset(response))
        return
      }
      response.writeHead(upstream.statusCode ?? 502, Object.fromEntries(Object.entries(upstream.headers).filter(([name]) => !hopByHop.has(name))))
      upstream.on("error", () => {
        if (response.closed) return
        entry.did.push("the server broke off")
        reset(response)
      })
      if (entry.verb !== "watch" || upstream.statusCode !== 200) {
        upstream.pipe(response)
        return
      }
      response.flushHeaders()
      const watch = relay(entry, upstream, response)
      open.add(watch)
      response.on("close", () => {
        open.delete(watch)
        call.destroy()
      })
    })
    call.on("error", ({ message }) => {
      if (entry.status === undefined) entry.did.push(`the server cannot be reached: ${message}`)
      reset(response)
    })
    response.on("close", () => call.destroy())
    incoming.pipe(call)
  }

  const server = createServer({ key: pair.key, cert: pair.cert }, (incoming, response) => {
    const entry = entryOf(incoming)
    log.push(entry)
    const answer = rules.filter(({ fits }) => fits(entry)).map(({ next }) => next()).find((one) => one !== undefined)
    if (answer === undefined) {
      pass(entry, incoming, response)
      return
    }
    incoming.resume()
    entry.status = answer.status
    entry.by = "proxy"
    response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers })
    response.end(answer.body)
  })
  const [port = 0] = await freePorts(1)
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve))

  return {
    server: `https://127.0.0.1:${port}`,
    log,
    watches: () => [...open],
    answer: (fits, answers) => {
      let count = 0
      const rule = {
        fits,
        next: (): Answer | undefined => {
          const answer = Array.isArray(answers) ? (answers as ReadonlyArray<Answer>)[count] : (answers as Answer)
          if (answer !== undefined) count++
          return answer
        }
      }
      rules.unshift(rule)
      return { count: () => count, lift: () => void rules.splice(rules.indexOf(rule), 1) }
    },
    loseAnswers: (fits, times) => {
      const loss = { fits, left: times }
      losses.push(loss)
      return { count: () => times - loss.left }
    },
    stop: async () => {
      server.closeAllConnections()
      agent.destroy()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}
