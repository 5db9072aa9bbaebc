import { mkdtempSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Duration, Effect, Exit, Logger, Scope } from "effect"
import { expect } from "vitest"
import * as K8sKubernetes from "@branchline/adapter-k8s/kubernetes/K8sKubernetes"
import { type Cache, type Change, reflect } from "@branchline/core/controller/Reflector"
import type { ConfigMap } from "@branchline/core/model/ConfigMap"
import { configMaps } from "@branchline/core/model/Resource"
import { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { administrator, type ControlPlane } from "../support/ControlPlane.js"
import { client, type Client } from "../support/Client.js"
import { eventually } from "../support/Program.js"
import { type Asked, type Proxy, startProxy } from "../support/Proxy.js"

/** What was done to an object, or told of it: `put a <uid>@<version>`, `gone a <uid>`. */
type Line = string

/** The reflector under test behind a proxy, the objects that it watches, and both accounts of what happened. */
export interface Watched {
  readonly proxy: Proxy
  readonly cache: Cache<ConfigMap>
  readonly changes: ReadonlyArray<Change<ConfigMap>>
  readonly logged: ReadonlyArray<string>
  readonly namespace: string
  readonly admin: Client
  /** Makes the object or changes it, as somebody else would: not through the proxy. */
  readonly put: (name: string) => Promise<void>
  readonly remove: (name: string) => Promise<void>
  /** What was done since the watch began. */
  readonly deeds: () => ReadonlyArray<Line>
  readonly told: () => ReadonlyArray<Line>
  /** Waits until what was told is what was done: all of it, once, in order. */
  readonly toldAll: () => Promise<void>
  /** Waits until the cache is what the server lists, and checks that the changes alone tell the same. */
  readonly settled: () => Promise<void>
  /** The lists and watches among what the proxy saw. */
  readonly reads: () => { readonly lists: ReadonlyArray<Asked>; readonly watches: ReadonlyArray<Asked> }
  readonly close: () => Promise<void>
}

/** A service account that may read ConfigMaps of its namespace and nothing else. */
const reader = (namespace: string) => JSON.stringify({
  apiVersion: "v1",
  kind: "List",
  items: [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "reader", namespace } },
    {
      apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata: { name: "reader", namespace },
      rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["list", "watch"] }]
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding", metadata: { name: "reader", namespace },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" },
      subjects: [{ kind: "ServiceAccount", name: "reader", namespace }]
    }
  ]
})

/** A kubeconfig whose user is what `user` says, and whose server is the proxy. */
export const proxied = (plane: ControlPlane, proxy: Proxy, user: object): string => {
  const file = join(mkdtempSync(join(plane.folder, "proxied-")), "kubeconfig")
  writeFileSync(file, JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster: { server: proxy.server, "certificate-authority-data": Buffer.from(plane.ca.cert).toString("base64") } }],
    users: [{ name: "reader", user }],
    contexts: [{ name: "test", context: { cluster: "test", user: "reader" } }],
    "current-context": "test"
  }))
  return file
}

const tell = (change: Change<ConfigMap>): Line => {
  const { name, resourceVersion, uid } = change.object.metadata
  return change._tag === "Vanished" ? `gone ${name} ${uid}` : `put ${name} ${uid}@${resourceVersion}`
}

/** What the changes alone tell; fails where one contradicts those before it, or says the same thing again. */
const fold = (changes: ReadonlyArray<Change<ConfigMap>>, mayGoBack: boolean): ReadonlyMap<string, string> => {
  const there = new Map<string, ConfigMap>()
  const said = new Set<string>()
  for (const change of changes) {
    const { name, resourceVersion, uid } = change.object.metadata
    const before = there.get(name)
    if (change._tag !== "Vanished") {
      if (!mayGoBack) expect(said, `told again: ${tell(change)}`).not.toContain(`${uid}@${resourceVersion}`)
      said.add(`${uid}@${resourceVersion}`)
    }
    switch (change._tag) {
      case "Appeared":
        expect(before, `${name} appears although it is there`).toBeUndefined()
        there.set(name, change.object)
        break
      case "Changed":
        expect(change.before, `${name} changes from what it was`).toEqual(before)
        expect(uid, `${name} is another object, not a changed one`).toBe(before?.metadata.uid)
        expect(resourceVersion).not.toBe(before?.metadata.resourceVersion)
        there.set(name, change.object)
        break
      case "Vanished":
        expect(uid, `${name} vanishes as what it was`).toBe(before?.metadata.uid)
        there.delete(name)
    }
  }
  return new Map([...there].map(([name, { metadata: { resourceVersion, uid } }]) => [name, `${uid}@${resourceVersion}`]))
}

let namespaces = 0

/** Starts a reflector over the real port, through a proxy, in a namespace of its own with three objects in it. */
export const watch = async (
  plane: ControlPlane,
  options: {
    /** Milliseconds. */
    readonly silence?: number
    /** etcd is restored meanwhile: versions go back. */
    readonly mayGoBack?: boolean
    /** The kubeconfig's user; by default one with a token. */
    readonly user?: (namespace: string) => Promise<object>
  } = {}
): Promise<Watched> => {
  const namespace = `watched-${++namespaces}`
  await plane.kubectl(["apply", "-f", "-"], { input: reader(namespace) })
  const user = await (options.user ?? (async () => ({ token: (await plane.kubectl(["create", "token", "reader", "-n", namespace])).trim() })))(namespace)
  const admin = await client(plane, administrator)
  const proxy = await startProxy(plane)
  const kubeconfig = proxied(plane, proxy, user)

  const path = `/api/v1/namespaces/${namespace}/configmaps`
  let puts = 0
  let deeds: Array<Line> = []
  const metadataOf = (body: Record<string, unknown>) => body["metadata"] as { readonly name: string; readonly uid: string; readonly resourceVersion: string }
  const put: Watched["put"] = async (name) => {
    // Another text each time, or there is nothing to tell; characters of several bytes, so that a line may be cut inside of one.
    const data = { value: `${++puts} ${"äöü€".repeat(20)}` }
    const { status } = await admin.call("GET", `${path}/${name}`)
    const body = status === 404
      ? await admin.must("POST", path, { metadata: { name }, data })
      : await admin.must("PATCH", `${path}/${name}`, { data })
    const { resourceVersion, uid } = metadataOf(body)
    deeds.push(`put ${name} ${uid}@${resourceVersion}`)
  }
  const remove: Watched["remove"] = async (name) => {
    const { uid } = metadataOf(await admin.must("GET", `${path}/${name}`))
    await admin.must("DELETE", `${path}/${name}`)
    deeds.push(`gone ${name} ${uid}`)
  }
  for (const name of ["a", "b", "c"]) await put(name)

  const changes: Array<Change<ConfigMap>> = []
  const logged: Array<string> = []
  const scope = Effect.runSync(Scope.make())
  const cache = await Effect.runPromise(
    Effect.gen(function*() {
      const kubernetes = yield* K8sKubernetes.make({ access: { kubeconfig } })
      const made = yield* reflect(configMaps, {
        scope: { namespace },
        ...(options.silence === undefined ? {} : { silence: Duration.millis(options.silence) }),
        onChange: (change) => Effect.sync(() => void changes.push(change))
      }).pipe(Effect.provideService(Kubernetes, kubernetes))
      yield* made.synced
      return made
    }).pipe(
      Effect.provide(Logger.layer([Logger.make(({ message }) => void logged.push(String(message)))])),
      Scope.provide(scope)
    )
  )
  // The list may tell the three in any order.
  expect(changes.map(tell).toSorted()).toEqual(deeds.toSorted())
  changes.splice(0)
  const start = new Map([...cache.values()].map((object) => [object.metadata.name, object]))
  deeds = []
  await eventually("the watch stands", () => proxy.watches()[0])

  const told = () => changes.map(tell)
  const watched: Watched = {
    proxy,
    cache,
    changes,
    logged,
    namespace,
    admin,
    put,
    remove,
    deeds: () => deeds,
    told,
    toldAll: async () => {
      await eventually(`what was told is what was done: ${deeds.join(", ")}`, () => (told().length >= deeds.length ? true : undefined), 30_000)
      expect(told()).toEqual(deeds)
      await watched.settled()
    },
    settled: async () => {
      const listed = async () => {
        const items = (await admin.must("GET", path))["items"] as ReadonlyArray<ConfigMap>
        return new Map(items.map(({ metadata: { name, resourceVersion, uid } }) => [name, `${uid}@${resourceVersion}`]))
      }
      const cached = () => new Map([...cache.values()].map(({ metadata: { name, resourceVersion, uid } }) => [name, `${uid}@${resourceVersion}`]))
      await eventually(`the cache of ${namespace} is what the server has`, async () => {
        expect(cached()).toEqual(await listed())
        return true
      }, 60_000)
      const first = [...start.values()].map((object): Change<ConfigMap> => ({ _tag: "Appeared", object }))
      expect(fold([...first, ...changes], options.mayGoBack === true)).toEqual(cached())
    },
    reads: () => ({
      lists: proxy.log.filter(({ verb }) => verb === "list"),
      watches: proxy.log.filter(({ verb }) => verb === "watch")
    }),
    close: async () => {
      await Effect.runPromise(Scope.close(scope, Exit.void))
      await proxy.stop()
      await admin.close()
    }
  }
  return watched
}

/** Milliseconds from each request to the next. */
export const gaps = (asked: ReadonlyArray<Asked>): ReadonlyArray<number> => asked.slice(1).map(({ at }, index) => at - asked[index]!.at)
