import { describe, expect, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { connect, type Socket } from "node:net"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { configMaps, leases } from "@branchline/core/model/Resource"
import { Kubernetes } from "@branchline/core/ports/Kubernetes"
import * as K8sKubernetes from "@branchline/adapter-k8s/kubernetes/K8sKubernetes"
import { base64, certificate } from "../support/Certificates.js"
import { folder, kubeconfig, write } from "../support/Config.js"
import { portTo } from "../support/Port.js"
import { json, serve, until } from "../support/Server.js"

const key = { namespace: "default", name: "one" }
const stored = { metadata: { name: "one", namespace: "default", uid: "1", resourceVersion: "7" } }
const unauthorized = { kind: "Status", code: 401, reason: "Unauthorized", message: "Unauthorized" }

/** A server with TLS that is what its certificate says, and the authority behind it. */
const secure = (names: { readonly addresses?: ReadonlyArray<string>; readonly dnsNames?: ReadonlyArray<string>; readonly until?: string } = { addresses: ["127.0.0.1"] }) =>
  Effect.gen(function*() {
    const ca = yield* certificate({ name: "ca" })
    const pair = yield* certificate({ name: "server", ca, ...names })
    const server = yield* serve((_, response) => json(response, 200, stored), { ...pair, ca: ca.cert, requestCert: true, rejectUnauthorized: false })
    return { server, ca, authority: { "certificate-authority-data": base64(ca.cert) } }
  })

const failure = (origin: string, cluster: object) =>
  Effect.gen(function*() {
    const error = yield* Effect.flip((yield* portTo(origin, {}, {}, cluster)).create(configMaps, { metadata: { name: "one" } }))
    return [error.reason._tag, error.message]
  })

describe("a server with TLS", () => {
  it.effect("is trusted by its authority, and knows us by our certificate", () =>
    Effect.gen(function*() {
      const { authority, ca, server } = yield* secure()
      const me = yield* certificate({ name: "me", ca })
      const port = yield* portTo(server.origin, {}, { "client-certificate-data": base64(me.cert), "client-key-data": base64(me.key) }, authority)
      expect(yield* port.get(configMaps, key)).toEqual(stored)
      const [socket] = server.connections.open
      expect(socket !== undefined && "authorized" in socket ? socket.authorized : undefined).toBe(true)
    }))

  it.effect("by another authority is not trusted: nothing was sent, and the message says what to do", () =>
    Effect.gen(function*() {
      const { server } = yield* secure()
      const other = yield* certificate({ name: "other" })
      expect(yield* failure(server.origin, { "certificate-authority-data": base64(other.cert) })).toEqual([
        "Unavailable",
        expect.stringMatching(/^cannot reach https:\/\/127\.0\.0\.1:\d+ \(context test of .*\): the server's certificate is not by the certificate-authority of the kubeconfig: get the cluster's present one \(/)
      ])
      expect(server.seen).toEqual([])
    }))

  it.effect("whose certificate has expired", () =>
    Effect.gen(function*() {
      const { authority, server } = yield* secure({ addresses: ["127.0.0.1"], until: "2001-01-01T00:00:00Z" })
      expect(yield* failure(server.origin, authority)).toEqual(["Unavailable", expect.stringContaining("the server's certificate has expired: renew it")])
    }))

  it.effect("with another name: tls-server-name says which", () =>
    Effect.gen(function*() {
      const { authority, server } = yield* secure({ dnsNames: ["kubernetes"] })
      expect(yield* failure(server.origin, authority)).toEqual(["Unavailable", expect.stringContaining("set its tls-server-name")])
      const port = yield* portTo(server.origin, {}, {}, { ...authority, "tls-server-name": "kubernetes" })
      expect(yield* port.get(configMaps, key)).toEqual(stored)
    }))

  it.effect("that nobody checks, where the kubeconfig says so", () =>
    Effect.gen(function*() {
      const { server } = yield* secure({ dnsNames: ["elsewhere"] })
      const port = yield* portTo(server.origin, {}, {}, { "insecure-skip-tls-verify": true })
      expect(yield* port.get(configMaps, key)).toEqual(stored)
    }))

  it.effect("that speaks no TLS", () =>
    Effect.gen(function*() {
      const server = yield* serve((_, response) => json(response, 200, stored))
      expect(yield* failure(server.origin.replace("http:", "https:"), {})).toEqual(["Unavailable", expect.stringContaining("it speaks no TLS at that port")])
    }))

  it.effect("behind the proxy of the kubeconfig", () =>
    Effect.gen(function*() {
      const { authority, server } = yield* secure()
      const asked: Array<string> = []
      const proxy = createServer()
      const sockets = new Set<Socket>()
      proxy.on("connect", (request, client: Socket, head: Buffer) => {
        asked.push(request.url ?? "")
        const upstream = connect(server.port, "127.0.0.1", () => {
          client.write("HTTP/1.1 200 Connection Established\r\n\r\n")
          upstream.write(head)
          upstream.pipe(client).pipe(upstream)
        })
        for (const socket of [client, upstream]) {
          sockets.add(socket)
          socket.on("error", () => socket.destroy())
        }
      })
      yield* Effect.acquireRelease(
        Effect.callback<void>((resume) => {
          proxy.listen(0, "127.0.0.1", () => resume(Effect.void))
        }),
        () =>
          Effect.sync(() => {
            for (const socket of sockets) socket.destroy()
            proxy.close()
          })
      )
      const { port } = proxy.address() as AddressInfo
      const kubernetes = yield* portTo(server.origin, {}, {}, { ...authority, "proxy-url": `http://127.0.0.1:${port}` })
      expect(yield* kubernetes.get(configMaps, key)).toEqual(stored)
      expect(asked).toEqual([`127.0.0.1:${server.port}`])
    }))
})

it.effect("calls that the server keeps waiting do not keep others waiting: whoever cannot renew its Lease leads no more", () =>
  Effect.gen(function*() {
    const many = 200
    const server = yield* serve(({ url }, response) => {
      if (url.includes("/leases/")) json(response, 200, { ...stored, spec: {} })
    })
    const port = yield* portTo(server.origin)
    const hanging = Array.from({ length: many }, (_, index) => port.get(configMaps, { ...key, name: `config-${index}` }))
    yield* Effect.forkScoped(Effect.all(hanging, { concurrency: "unbounded" }))
    expect(yield* port.get(leases, key)).toMatchObject(stored)
    yield* until(() => server.seen.length === many + 1)
  }))

describe("a 401", () => {
  /** A server that takes one token, and how often it was asked. */
  const choosy = (token: string) =>
    serve(({ headers }, response) => headers.authorization === `Bearer ${token}` ? json(response, 200, stored) : json(response, 401, unauthorized))

  it.effect("is tried once more with credentials that are read anew, a write too", () =>
    Effect.gen(function*() {
      const at = yield* folder
      const server = yield* choosy("new")
      const port = yield* portTo(server.origin, {}, { tokenFile: write(at, "token", "old") })
      write(at, "token", "new")
      yield* port.create(configMaps, { metadata: { name: "one" } })
      expect(server.seen.map(({ headers, method }) => [method, headers.authorization])).toEqual([["POST", "Bearer old"], ["POST", "Bearer new"]])
      yield* port.get(configMaps, key)
      expect(server.seen).toHaveLength(3)
    }))

  it.effect("is tried no more than once", () =>
    Effect.gen(function*() {
      const server = yield* choosy("another")
      const port = yield* portTo(server.origin, {}, { token: "wrong" })
      const error = yield* Effect.flip(port.get(configMaps, key))
      expect([error.reason._tag, error.message]).toEqual(["Forbidden", expect.stringContaining("does not accept our credentials: Unauthorized")])
      expect(server.seen).toHaveLength(2)
    }))

  it.effect("ends as Unavailable where no others can be got, with the reason", () =>
    Effect.gen(function*() {
      const at = yield* folder
      const server = yield* choosy("another")
      const flag = write(at, "flag", "")
      const script = `if [ -e ${flag} ]; then rm ${flag}; echo '{"status":{"token":"wrong"}}'; else echo 'log in again' >&2; exit 1; fi`
      const port = yield* portTo(server.origin, {}, { exec: { command: "/bin/sh", args: ["-c", script] } })
      const error = yield* Effect.flip(port.get(configMaps, key))
      expect([error.reason._tag, error.isRetryable, error.message]).toEqual(["Unavailable", true, expect.stringContaining("failed: log in again")])
    }))
})

it.effect("the layer is the port, and fails where there is no access", () =>
  Effect.gen(function*() {
    const server = yield* serve((_, response) => json(response, 200, stored))
    const file = write(yield* folder, "config", kubeconfig(server.origin))
    const get = Effect.flatMap(Kubernetes, (kubernetes) => kubernetes.get(configMaps, key))
    const context = yield* Layer.build(K8sKubernetes.layer({ access: { kubeconfig: file } }))
    expect(yield* Effect.provide(get, context)).toEqual(stored)
    const error = yield* Effect.flip(Layer.build(K8sKubernetes.layer({ access: { kubeconfig: file, context: "none" } })))
    expect(error._tag).toBe("AccessError")
  }))
