import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, type Schema } from "effect"
import { ensure, leaving, letGo } from "../../src/controller/CniNodes.js"
import type { News } from "../../src/controller/Recorder.js"
import type { CNINode } from "../../src/model/CNINode.js"
import type { InstanceId } from "../../src/model/Ids.js"
import { cniNodeClusterTag, cniNodeFinalizer, instanceIdTag } from "../../src/model/Names.js"
import type { Node } from "../../src/model/Node.js"
import { cniNodes } from "../../src/model/Resource.js"
import { document } from "../../src/patch/CNINodePatch.js"
import type { Kubernetes, Patch } from "../../src/ports/Kubernetes.js"
import type { KubernetesReason } from "../../src/ports/KubernetesError.js"
import { instanceId } from "../allocation/Fixtures.js"
import { clusterName, parts } from "./Fixtures.js"
import { kubernetesError, listing, noKubernetes } from "./ScriptedKubernetes.js"

const otherId = "i-00000002" as InstanceId
const node: Node = { metadata: { name: "node-1", uid: "node-uid", resourceVersion: "1" } }
const facts = { node: { name: "node-1", uid: "node-uid", os: "linux" }, instanceId, clusterName }

const stored = (json: Schema.JsonObject, metadata: Partial<CNINode["metadata"]> = {}): CNINode => {
  const decoded = cniNodes.decode({ ...json, metadata: { uid: "cninode-uid", resourceVersion: "5", ...(json["metadata"] as object), ...metadata } })
  return Result.getOrThrow(decoded)
}
const right = stored(document(facts))
const deleting = { deletionTimestamp: "2026-01-01T00:00:00Z" }

/** The API server, which takes what it is given or refuses it for a reason. */
const scripted = (current: CNINode | undefined, refusal?: KubernetesReason, nodeUid = node.metadata.uid) => {
  const created: Array<Schema.JsonObject> = []
  const patched: Array<Patch> = []
  const told: Array<News> = []
  const answer = <A>(value: A) => refusal === undefined ? Effect.succeed(value) : Effect.fail(kubernetesError(refusal))
  const kubernetes: Kubernetes["Service"] = {
    ...noKubernetes,
    list: listing({ metadata: { ...node.metadata, uid: nodeUid } }),
    create: (of, json) =>
      Effect.suspend(() => {
        created.push(json)
        return answer(Result.getOrThrow(of.decode({ ...json, metadata: { ...(json["metadata"] as object), uid: "new", resourceVersion: "9" } })))
      }),
    patch: (of, _, patch) =>
      Effect.suspend(() => {
        patched.push(patch)
        return answer(Result.getOrThrow(of.decode(right)))
      })
  }
  const tell = (news: News) => Effect.sync(() => void told.push(news))
  const shared = parts({
    kubernetes,
    cniNodes: { get: ({ name }) => (name === current?.metadata.name ? current : undefined), values: () => (current === undefined ? [] : [current]) },
    recorder: { pod: (_, news) => tell(news), node: (_, news) => tell(news), about: (_, news) => tell(news), forget: () => {} }
  })
  return { created, patched, told, shared }
}

describe("a node's CNINode", () => {
  it.effect("is made where there is none, with the features of the same instance's last one", () =>
    Effect.gen(function*() {
      const { created, shared } = scripted(undefined)
      const features = [{ name: "SecurityGroupsForPods" }]
      const previous: CNINode = { ...right, spec: { ...right.spec, features } }
      const made = yield* ensure(shared, node, "linux", instanceId, previous)
      assert.deepStrictEqual(created, [document(facts, previous)])
      assert.deepStrictEqual(made?.spec?.features, features)
      const anew = scripted(undefined)
      yield* ensure(anew.shared, node, "linux", otherId, previous)
      assert.deepStrictEqual(anew.created, [document({ ...facts, instanceId: otherId })])
    }))

  it.effect("that somebody else made meanwhile, or whose kind is not installed, is no trouble", () =>
    Effect.gen(function*() {
      for (const _tag of ["AlreadyExists", "NotFound"] as const) {
        const { shared, told } = scripted(undefined, { _tag })
        assert.isUndefined(yield* ensure(shared, node, "linux", instanceId, undefined))
        assert.deepStrictEqual(told, [])
      }
    }))

  it.effect("is not made for a node that is another object by now: the garbage collector would take it at once", () =>
    Effect.gen(function*() {
      const { created, shared, told } = scripted(undefined, undefined, "another")
      assert.strictEqual((yield* Effect.flip(ensure(shared, node, "linux", instanceId, undefined))).reason._tag, "Conflict")
      assert.deepStrictEqual([created, told], [[], []])
    }))

  it.effect("that cannot be made is told", () =>
    Effect.gen(function*() {
      const { shared, told } = scripted(undefined, { _tag: "Forbidden" })
      assert.strictEqual((yield* Effect.flip(ensure(shared, node, "linux", instanceId, undefined))).reason._tag, "Forbidden")
      assert.deepStrictEqual(told.map(({ reason }) => reason), ["CNINodeCreationFailed"])
    }))

  it.effect("that is right is left alone", () =>
    Effect.gen(function*() {
      const { created, patched, shared } = scripted(right)
      assert.strictEqual(yield* ensure(shared, node, "linux", instanceId, undefined), right)
      assert.deepStrictEqual([created, patched], [[], []])
    }))

  it.effect("that is not is put right, under the version that was seen", () =>
    Effect.gen(function*() {
      const { patched, shared } = scripted({ ...right, spec: { tags: { [cniNodeClusterTag]: clusterName, [instanceIdTag]: otherId } } })
      yield* ensure(shared, node, "linux", instanceId, undefined)
      assert.strictEqual(patched.length, 1)
      const [patch] = patched
      assert.isTrue(patch?._tag === "json" && patch.patch.some(({ path }) => path === "/metadata/resourceVersion"))
    }))

  it.effect("of another owner is left alone, whatever it says", () =>
    Effect.gen(function*() {
      const theirs: CNINode = { ...right, metadata: { ...right.metadata, ...deleting }, spec: { managedBy: "somebody-else" } }
      const { patched, shared } = scripted(theirs)
      assert.strictEqual(yield* ensure(shared, node, "linux", instanceId, undefined), theirs)
      assert.deepStrictEqual(patched, [])
      assert.deepStrictEqual(leaving(shared, instanceId), [])
    }))

  it.effect("that is being deleted while its node lives is let go, to be made again", () =>
    Effect.gen(function*() {
      const { patched, shared } = scripted({ ...right, metadata: { ...right.metadata, ...deleting } })
      assert.isUndefined(yield* ensure(shared, node, "linux", instanceId, undefined))
      assert.deepStrictEqual(patched, [{ _tag: "merge", patch: { metadata: { resourceVersion: "5", finalizers: [] } } }])
    }))
})

describe("letting a CNINode go", () => {
  it.effect("takes our finalizer off, and no other", () =>
    Effect.gen(function*() {
      const { patched, shared } = scripted(undefined)
      yield* letGo(shared, stored(document(facts), { finalizers: ["other", cniNodeFinalizer] }))
      assert.deepStrictEqual(patched, [{ _tag: "merge", patch: { metadata: { resourceVersion: "5", finalizers: ["other"] } } }])
      yield* letGo(shared, stored(document(facts), { finalizers: ["other"] }))
      assert.strictEqual(patched.length, 1)
    }))

  it.effect("is done where it is gone, and told where it failed", () =>
    Effect.gen(function*() {
      const gone = scripted(undefined, { _tag: "NotFound" })
      yield* letGo(gone.shared, right)
      assert.deepStrictEqual(gone.told, [])
      const forbidden = scripted(right, { _tag: "Forbidden" })
      yield* Effect.flip(letGo(forbidden.shared, right))
      assert.deepStrictEqual(forbidden.told.map(({ reason }) => reason), ["CNINodeDeletionFailed"])
    }))

  it.effect("is no news where it failed and the watch has told meanwhile that it is gone, or made anew", () =>
    Effect.gen(function*() {
      for (const current of [undefined, stored(document(facts), { uid: "another" })]) {
        const unanswered = scripted(current, { _tag: "UnknownOutcome" })
        yield* Effect.flip(letGo(unanswered.shared, right))
        assert.deepStrictEqual(unanswered.told, [])
      }
    }))
})

describe("CNINodes that wait for an instance's interfaces to be gone", () => {
  const dying: CNINode = { ...right, metadata: { ...right.metadata, ...deleting } }

  it("are those of that instance that are being deleted and whose node is gone", () => {
    assert.deepStrictEqual(leaving(scripted(dying).shared, instanceId), [dying])
    assert.deepStrictEqual(leaving(scripted(dying).shared, otherId), [])
    assert.deepStrictEqual(leaving(scripted(right).shared, instanceId), [], "it is not being deleted")
    const { shared } = scripted(dying)
    assert.deepStrictEqual(leaving({ ...shared, nodes: { get: () => node, values: () => [node] } }, instanceId), [], "its node lives")
  })
})
