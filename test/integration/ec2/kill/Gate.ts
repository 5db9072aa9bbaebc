import { Agent as HttpAgent, createServer as createHttpServer, type IncomingMessage, request as httpRequest, type ServerResponse } from "node:http"
import { Agent as HttpsAgent, createServer as createHttpsServer, request as httpsRequest } from "node:https"
import { certificate } from "../../support/Certificates.js"
import type { ControlPlane } from "../../support/ControlPlane.js"
import { freePorts } from "../../support/Program.js"
import { ec2CallName, kubernetesCallName } from "./CallName.js"

/** On which side of its effect a call is held: it never happened, or it has happened and nobody was told. */
export type Side = "before" | "after"

/** A call that is held, or will be. */
export interface Hold {
  /** Resolves when the call is at the gate. */
  readonly reached: Promise<void>
  /** Lets calls that come later pass. */
  readonly lift: () => void
}

/** A server between the controller and what it calls: it names every call, and holds one where it is told to. */
export interface Gate {
  readonly url: string
  /** The names of the calls so far, in order. */
  readonly calls: ReadonlyArray<string>
  /** Holds the next call of that name for ever: its caller is to be killed. */
  readonly hold: (name: string, side: Side) => Hold
  readonly stop: () => Promise<void>
}

interface Entry {
  readonly name: string
  readonly side: Side
  readonly reach: () => void
}

interface Target {
  readonly port: number
  readonly nameOf: (method: string, url: string, body: string) => string
  readonly tls: { readonly key: string; readonly cert: string; readonly ca: string } | undefined
}

const hopByHop = new Set(["connection", "host", "keep-alive", "transfer-encoding"])
const passedOn = (headers: IncomingMessage["headers"]) => Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.has(name)))

const startGate = async ({ nameOf, port: targetPort, tls }: Target): Promise<Gate> => {
  const calls: Array<string> = []
  const holds = new Set<Entry>()
  const agent = tls === undefined ? new HttpAgent({ keepAlive: true }) : new HttpsAgent({ keepAlive: true, ca: tls.ca })

  const pass = (incoming: IncomingMessage, body: Buffer, response: ServerResponse, held: Entry | undefined): void => {
    const options = { host: "127.0.0.1", port: targetPort, method: incoming.method, path: incoming.url, headers: passedOn(incoming.headers), agent }
    const isWatch = incoming.url?.includes("watch=") === true
    const call = (tls === undefined ? httpRequest : httpsRequest)(options, (answer) => {
      if (held !== undefined) {
        answer.resume()
        if (isWatch) held.reach()
        else answer.on("end", held.reach)
        return
      }
      response.writeHead(answer.statusCode ?? 502, passedOn(answer.headers))
      if (isWatch) response.flushHeaders()
      answer.on("error", () => response.destroy())
      answer.pipe(response)
    })
    call.on("error", () => response.destroy())
    // Whoever is killed asks no further: a watch ends, and what has had its effect has had it.
    response.on("close", () => isWatch ? call.destroy() : undefined)
    call.end(body)
  }

  const handle = (incoming: IncomingMessage, response: ServerResponse): void => {
    const chunks: Array<Buffer> = []
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk))
    incoming.on("end", () => {
      const body = Buffer.concat(chunks)
      const name = nameOf(incoming.method ?? "GET", incoming.url ?? "/", body.toString())
      calls.push(name)
      const held = [...holds].find((entry) => entry.name === name)
      if (held !== undefined) holds.delete(held)
      if (held?.side === "before") held.reach()
      else pass(incoming, body, response, held)
    })
  }
  const server = tls === undefined ? createHttpServer(handle) : createHttpsServer({ key: tls.key, cert: tls.cert }, handle)
  const [port = 0] = await freePorts(1)
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve))
  return {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    calls,
    hold: (name, side) => {
      let reach = () => {}
      const reached = new Promise<void>((resolve) => (reach = resolve))
      const entry: Entry = { name, side, reach }
      holds.add(entry)
      return { reached, lift: () => void holds.delete(entry) }
    },
    stop: async () => {
      server.closeAllConnections()
      agent.destroy()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}

/** A gate before a control plane's API server. Its clients are known by token: a client certificate ends here. */
export const kubernetesGate = async (plane: ControlPlane): Promise<Gate> => {
  const pair = await certificate({ commonName: "gate", dnsNames: ["localhost"], addresses: ["127.0.0.1"], ca: plane.ca })
  return startGate({ port: plane.port, nameOf: kubernetesCallName, tls: { ...pair, ca: plane.ca.cert } })
}

/** A gate before EC2 and STS. */
export const ec2Gate = (endpoint: string): Promise<Gate> =>
  startGate({ port: Number(new URL(endpoint).port), nameOf: ec2CallName, tls: undefined })
