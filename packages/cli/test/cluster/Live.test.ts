import { describe, expect, it } from "@effect/vitest"
import { Result } from "effect"
import { KubernetesError, type KubernetesReason } from "@branchline/core/ports/KubernetesError"
import { Effect } from "effect"
import { foundOf, isKnown, itemsOf } from "../../src/cluster/Found.js"
import { lookAtCluster, lookOf, type Reads } from "../../src/cluster/Live.js"
import { notSeen } from "../../src/cluster/Unknowns.js"

const metadata = (name: string, namespace?: string) => ({ name, uid: `uid-${name}`, resourceVersion: "1", ...(namespace === undefined ? {} : { namespace }) })

const documents: Readonly<Record<string, ReadonlyArray<object>>> = {
  pods: [
    { metadata: metadata("web-1", "shop"), spec: { containers: [{ name: "main", env: [{ name: "PASSWORD", value: "hunter2" }] }] } },
    { metadata: metadata("other", "default"), spec: { containers: [] } },
    { metadata: metadata("broken", "shop"), spec: { containers: "none" } }
  ],
  daemonsets: [{
    metadata: metadata("aws-node", "kube-system"),
    spec: { template: { spec: { containers: [{ name: "aws-node", env: [{ name: "ENABLE_POD_ENI", value: "true" }, { name: "TOKEN", value: "hunter2" }] }] } } }
  }],
  events: [
    { metadata: metadata("a", "shop"), involvedObject: { kind: "Pod", name: "web-1" } },
    { metadata: metadata("b", "shop"), involvedObject: { kind: "Deployment", name: "web" } }
  ]
}

/** An API server that has these documents and refuses as it is told. */
const server = (refuse: (plural: string, namespace: string | undefined) => KubernetesReason | undefined, asked: Array<string> = []): Reads => ({
  list: (resource, scope = {}) => {
    asked.push(`${resource.plural}${scope.namespace === undefined ? "" : ` in ${scope.namespace}`}${scope.fieldSelector === undefined ? "" : ` ${scope.fieldSelector}`}`)
    const reason = refuse(resource.plural, scope.namespace)
    if (reason !== undefined) return Effect.fail(new KubernetesError({ operation: `list ${resource.plural}`, reason, message: `${resource.plural} is refused` }))
    const all = (documents[resource.plural] ?? []).filter((one) => scope.namespace === undefined || (one as { readonly metadata: { readonly namespace?: string } }).metadata.namespace === scope.namespace)
    const decoded = all.map((one) => [one, resource.decode(one)] as const)
    return Effect.succeed({
      items: decoded.flatMap(([, result]) => Result.isSuccess(result) ? [result.success] : []),
      malformed: decoded.flatMap(([one, result]) => Result.isFailure(result) ? [{ key: (one as { readonly metadata: { readonly name: string; readonly namespace?: string } }).metadata, problem: result.failure }] : []),
      resourceVersion: "1"
    })
  }
})

const everything = () => undefined

describe("a look at a cluster", () => {
  it.effect("keeps what is of use, and no secret", () =>
    Effect.gen(function*() {
      const found = yield* lookAtCluster(server(everything), { namespace: "shop" })
      expect(itemsOf(found.pods).map(({ metadata: { name } }) => name)).toEqual(["web-1", "other"])
      expect(itemsOf(found.events).map(({ involvedObject: { kind } }) => kind)).toEqual(["Pod"])
      expect(JSON.stringify(found)).not.toContain("hunter2")
      expect(JSON.stringify(found.daemonSets)).toContain("ENABLE_POD_ENI")
    }))

  it.effect("names an object that contradicts its schema, and passes over it", () =>
    Effect.gen(function*() {
      const look = yield* Effect.flatMap(lookAtCluster(server(everything), { namespace: "shop" }), (found) =>
        lookOf(found, { unknown: "off", why: "not looked" }, { namespace: "shop" }))
      expect(notSeen(look, ["pods"]).map(({ what }) => what)).toEqual(["pods: shop/broken", "EC2"])
    }))

  it.effect("of what only a namespace may be seen is a look at that one, and says so", () =>
    Effect.gen(function*() {
      const found = yield* lookAtCluster(server((plural, namespace) => plural === "pods" && namespace === undefined ? { _tag: "Forbidden" } : undefined), { namespace: "shop" })
      expect(found.pods).toMatchObject({ namespaces: ["shop"], narrowed: "list pods: pods is refused" })
      expect(itemsOf(found.pods).map(({ metadata: { name } }) => name)).toEqual(["web-1"])
      expect(isKnown(found.pods, "shop")).toBe(true)
      expect(isKnown(found.pods, "default")).toBe(false)
      expect(foundOf(found.pods, "nobody", "shop")).toBe("absent")
      expect(foundOf(found.pods, "other", "default")).toBeUndefined()
    }))

  it.effect("of a kind that is not served, refused or not answered says which of these it is", () =>
    Effect.gen(function*() {
      const reasons: Readonly<Record<string, KubernetesReason>> = { cninodes: { _tag: "NotFound" }, nodes: { _tag: "Forbidden" }, leases: { _tag: "Unavailable" } }
      const found = yield* lookAtCluster(server((plural) => reasons[plural]), { namespace: "shop" })
      expect([found.cniNodes, found.nodes, found.leases].map((kind) => "why" in kind ? kind.why : "known")).toEqual(["not served", "forbidden", "failed"])
    }))

  it.effect("asks for single objects by name, and for nothing twice", () =>
    Effect.gen(function*() {
      const asked: Array<string> = []
      yield* lookAtCluster(server(everything, asked), { namespace: "shop", without: ["services"] })
      expect(asked).toContain("leases in kube-system metadata.name=cp-vpc-resource-controller")
      expect(asked).toContain("mutatingwebhookconfigurations metadata.name=vpc-resource-mutating-webhook")
      expect(asked).not.toContain("services")
      expect(new Set(asked).size).toBe(asked.length)
    }))

  it.effect("that sees nothing at all fails, with the server's own words", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(lookAtCluster(server(() => ({ _tag: "Unavailable" })), { namespace: "shop", server: "https://127.0.0.1:1" }))
      expect(error.message).toBe("nothing of the cluster can be seen at https://127.0.0.1:1: list pods: pods is refused")
    }))
})
