import { Effect, type Scope } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as K8sKubernetes from "@branchline/adapter-k8s/kubernetes/K8sKubernetes"
import { configMaps, events, pods } from "@branchline/core/model/Resource"
import type { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { certificate } from "../support/Certificates.js"
import { type ControlPlane, startControlPlane } from "../support/ControlPlane.js"

// What the port's contract does not speak of, because it is this adapter's alone: users, credentials, pages, dry runs.

let plane: ControlPlane
beforeAll(async () => {
  plane = await startControlPlane()
})
afterAll(() => plane?.stop())

const run = <A, E>(program: Effect.Effect<A, E, Scope.Scope>): Promise<A> => Effect.runPromise(Effect.scoped(program))

const portFor = (kubeconfig: string, options: K8sKubernetes.PortOptions = {}) => K8sKubernetes.make({ access: { kubeconfig }, ...options })

const admin = <A, E>(use: (kubernetes: Kubernetes["Service"]) => Effect.Effect<A, E, Scope.Scope>, options?: K8sKubernetes.PortOptions) =>
  plane.kubeconfig().then((kubeconfig) => run(Effect.flatMap(portFor(kubeconfig, options), use)))

/** A kubeconfig of the administrator's with another user in it. */
const withUser = async (name: string, user: object): Promise<string> => {
  const file = join(plane.folder, name)
  writeFileSync(file, JSON.stringify({
    kind: "Config",
    clusters: [{ name: "test", cluster: { server: plane.server, "certificate-authority": join(plane.folder, "ca.crt") } }],
    users: [{ name: "user", user }],
    contexts: [{ name: "test", context: { cluster: "test", user: "user" } }],
    "current-context": "test"
  }))
  return file
}

const map = (name: string) => ({ metadata: { name, namespace: "default" }, data: { a: "1" } })
const key = (name: string) => ({ namespace: "default", name })

describe("the port on kube-apiserver", () => {
  it("lists more than a page holds, each object once, at one version", async () => {
    const count = 1_100
    const names = Array.from({ length: count }, (_, index) => `paged-${String(index).padStart(4, "0")}`)
    const listing = await admin((kubernetes) =>
      Effect.gen(function*() {
        yield* Effect.forEach(names, (name) => kubernetes.create(configMaps, map(name)), { concurrency: 16, discard: true })
        return yield* kubernetes.list(configMaps, { namespace: "default" })
      }))
    const found = listing.items.map(({ metadata }) => metadata.name).filter((name) => name.startsWith("paged-"))
    expect(found).toEqual(names)
    const newest = Math.max(...listing.items.map(({ metadata }) => Number(metadata.resourceVersion)))
    expect(Number(listing.resourceVersion)).toBeGreaterThanOrEqual(newest)
  })

  it("writes nothing in a dry run, and is told what would have come of it", async () => {
    await admin((kubernetes) => kubernetes.create(configMaps, map("there")))
    await admin((kubernetes) =>
      Effect.gen(function*() {
        expect((yield* kubernetes.create(configMaps, map("dry"))).metadata.name).toBe("dry")
        expect((yield* kubernetes.patch(configMaps, key("there"), { _tag: "merge", patch: { data: { a: "2" } } })).data).toEqual({ a: "2" })
        yield* kubernetes.delete(configMaps, key("there"))
        yield* kubernetes.recordEvent({ regarding: { apiVersion: "v1", kind: "Pod", ...key("dry"), uid: "dry" }, type: "Normal", reason: "Dry", message: "run" })
        expect((yield* Effect.flip(kubernetes.get(configMaps, key("dry")))).reason._tag).toBe("NotFound")
        expect((yield* kubernetes.get(configMaps, key("there"))).data).toEqual({ a: "1" })
        expect((yield* kubernetes.list(events, { namespace: "default", fieldSelector: "reason=Dry" })).items).toEqual([])
        expect((yield* Effect.flip(kubernetes.create(configMaps, map("Upper")))).reason._tag).toBe("Invalid")
      }), { dryRun: true })
  })

  it("names the missing permission, for every verb", async () => {
    const kubeconfig = await plane.kubeconfig({ name: "somebody" })
    const refusals = await run(Effect.flatMap(portFor(kubeconfig), (kubernetes) =>
      Effect.all([
        Effect.flip(kubernetes.list(pods)),
        Effect.flip(kubernetes.get(pods, key("a"))),
        Effect.flip(kubernetes.create(configMaps, map("a"))),
        Effect.flip(kubernetes.patch(pods, key("a"), { _tag: "merge", patch: {} }, { subresource: "status" })),
        Effect.flip(kubernetes.delete(pods, key("a")))
      ])))
    expect(refusals.map(({ reason }) => reason._tag)).toEqual(Array.from({ length: 5 }, () => "Forbidden"))
    const [list, get, create, patch, remove] = refusals.map(({ message }) => message)
    expect(list).toContain("User \"somebody\" cannot list resource \"pods\" in API group \"\" at the cluster scope")
    expect(get).toContain("cannot get resource \"pods\" in API group \"\" in the namespace \"default\"")
    expect(create).toContain("cannot create resource \"configmaps\"")
    expect(patch).toContain("cannot patch resource \"pods/status\"")
    expect(remove).toContain("cannot delete resource \"pods\"")
  })

  it("is a service account by its token, and reads the file again when the token in it is refused", async () => {
    const token = (await plane.kubectl(["create", "token", "default", "--namespace", "default"])).trim()
    const file = join(plane.folder, "token")
    writeFileSync(file, "expired")
    const kubeconfig = await withUser("by-token", { tokenFile: file })
    const message = await run(Effect.gen(function*() {
      const kubernetes = yield* portFor(kubeconfig)
      writeFileSync(file, token)
      return (yield* Effect.flip(kubernetes.list(pods))).message
    }))
    expect(message).toContain("User \"system:serviceaccount:default:default\" cannot list resource \"pods\"")
  })

  it("says that credentials are refused, and what to do", async () => {
    const stranger = await certificate({ commonName: "stranger", ca: await certificate({ commonName: "another authority" }) })
    const base64 = (text: string) => Buffer.from(text).toString("base64")
    for (const user of [
      { token: "none" },
      { "client-certificate-data": base64(stranger.cert), "client-key-data": base64(stranger.key) }
    ]) {
      const kubeconfig = await withUser("refused", user)
      const error = await run(Effect.flatMap(portFor(kubeconfig), (kubernetes) => Effect.flip(kubernetes.list(pods))))
      expect([error.reason._tag, error.message]).toEqual(["Forbidden", "the API server does not accept our credentials: Unauthorized. Renew what the kubeconfig holds or gets"])
    }
  })

  it("says that a client certificate has expired before it asks", async () => {
    const kubeconfig = await plane.kubeconfig({ name: "late" }, { validFor: -1000 })
    const error = await run(Effect.flip(portFor(kubeconfig)))
    expect([error.reason, error.message]).toEqual(["Certificate", expect.stringMatching(/^the client certificate of user user in .* expired at .*: get a new one/)])
  })
})
