import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Result, Schema } from "effect"
import type { CNINode } from "../../src/model/CNINode.js"
import { InstanceId } from "../../src/model/Ids.js"
import { cniNodes } from "../../src/model/Resource.js"
import * as CNINodePatch from "../../src/patch/CNINodePatch.js"
import { isArray, isObject } from "../../src/patch/Json.js"
import * as JsonPatch from "../../src/patch/JsonPatch.js"
import * as MergePatch from "../../src/patch/MergePatch.js"
import { frozen } from "./arbitraries.js"

const instanceId = Schema.decodeUnknownSync(InstanceId)
const facts: CNINodePatch.CNINodeFacts = {
  node: { name: "ip-10-0-0-1", uid: "node-uid-2", os: "linux" },
  instanceId: instanceId("i-0123456789abcdef0"),
  clusterName: "prod"
}
const owner = { apiVersion: "v1", kind: "Node", name: "ip-10-0-0-1", uid: "node-uid-2", controller: true }
const tags = { "cluster.k8s.amazonaws.com/name": "prod", "node.k8s.amazonaws.com/instance_id": "i-0123456789abcdef0" }
const finalizer = "networking.k8s.aws/resource-cleanup"

const decoded = (document: unknown): CNINode => Result.getOrThrowWith(cniNodes.decode(document), (problem) => new Error(problem))

/** A document as the API server stores it. */
const stored = (document: Schema.JsonObject): Schema.JsonObject => {
  const after = MergePatch.apply(document, { metadata: { uid: "cninode-uid", resourceVersion: "7" } })
  return isObject(after) ? after : {}
}

/** What the API server makes of a patch: 409 on another version than the patch names, else a new version. */
const patched = (document: Schema.JsonObject, patch: ReadonlyArray<JsonPatch.Operation>): Schema.JsonObject | "Conflict" => {
  const after = Result.getOrThrowWith(JsonPatch.apply(frozen(document), patch), (failure) => new Error(JSON.stringify(failure)))
  const version = (value: unknown) => isObject(value) && isObject(value["metadata"]) ? value["metadata"]["resourceVersion"] : undefined
  if (version(after) !== version(document)) return "Conflict"
  const next = MergePatch.apply(after, { metadata: { resourceVersion: "8" } })
  return isObject(next) ? next : {}
}

describe("document", () => {
  it("names its node, is owned and controlled by it, and carries OS label, finalizer and the two tags", () => {
    assert.deepStrictEqual(CNINodePatch.document(facts), {
      apiVersion: "vpcresources.k8s.aws/v1alpha1",
      kind: "CNINode",
      metadata: { name: "ip-10-0-0-1", labels: { "kubernetes.io/os": "linux" }, finalizers: [finalizer], ownerReferences: [owner] },
      spec: { tags }
    })
  })

  const previous = (id: string) =>
    decoded(stored({
      metadata: { name: "ip-10-0-0-1", ownerReferences: [{ ...owner, uid: "node-uid-1" }], finalizers: [finalizer, "user/own"] },
      spec: {
        features: [{ name: "SecurityGroupsForPods" }, { name: "CustomNetworking", value: "eu-west-1a" }],
        tags: { ...tags, "node.k8s.amazonaws.com/instance_id": id, team: "blue" }
      }
    }))

  it("made again for the same instance keeps features and the user's tags, with the current node as owner", () => {
    const { metadata, spec } = CNINodePatch.document(facts, previous("i-0123456789abcdef0"))
    assert.deepStrictEqual(spec, {
      features: [{ name: "SecurityGroupsForPods" }, { name: "CustomNetworking", value: "eu-west-1a" }],
      tags: { ...tags, team: "blue" }
    })
    assert.deepStrictEqual(metadata, {
      name: "ip-10-0-0-1",
      labels: { "kubernetes.io/os": "linux" },
      finalizers: [finalizer],
      ownerReferences: [owner]
    })
  })

  it("made again for another instance keeps nothing", () => {
    assert.deepStrictEqual(CNINodePatch.document(facts, previous("i-0fedcba9876543210")), CNINodePatch.document(facts))
  })

  it("is what align leaves alone", () => {
    assert.isUndefined(CNINodePatch.align(decoded(stored(CNINodePatch.document(facts))), facts))
  })
})

describe("align", () => {
  const lock: JsonPatch.Operation = { op: "replace", path: "/metadata/resourceVersion", value: "7" }
  const operations = (change: Schema.JsonObject) => {
    const document = MergePatch.apply(stored(CNINodePatch.document(facts)), change)
    return CNINodePatch.align(decoded(document), facts)
  }
  const cases: ReadonlyArray<readonly [name: string, change: Schema.JsonObject, operation: JsonPatch.Operation | undefined]> = [
    ["the owner's UID follows the node", { metadata: { ownerReferences: [{ ...owner, uid: "node-uid-1" }] } }, {
      op: "replace",
      path: "/metadata/ownerReferences/0/uid",
      value: "node-uid-2"
    }],
    ["an owner that does not control is made to", { metadata: { ownerReferences: [{ ...owner, controller: null }] } }, {
      op: "replace",
      path: "/metadata/ownerReferences/0/controller",
      value: true
    }],
    ["an owner is added after somebody else's", {
      metadata: { ownerReferences: [{ ...owner, kind: "Lease", uid: "x", controller: false }] }
    }, {
      op: "add",
      path: "/metadata/ownerReferences/-",
      value: owner
    }],
    ["an owner of another group's kind Node is somebody else", {
      metadata: { ownerReferences: [{ ...owner, apiVersion: "longhorn.io/v1beta2", uid: "x", controller: false }] }
    }, { op: "add", path: "/metadata/ownerReferences/-", value: owner }],
    ["a second owner that is right is not doubled", {
      metadata: { ownerReferences: [{ ...owner, uid: "node-uid-1", controller: false }, owner] }
    }, undefined],
    ["an owner is added where there is none", { metadata: { ownerReferences: null } }, {
      op: "add",
      path: "/metadata/ownerReferences",
      value: [owner]
    }],
    ["the OS label is mended", { metadata: { labels: { "kubernetes.io/os": "windows", other: "kept" } } }, {
      op: "replace",
      path: "/metadata/labels/kubernetes.io~1os",
      value: "linux"
    }],
    ["the finalizer is added after the others", { metadata: { finalizers: ["user/own"] } }, {
      op: "add",
      path: "/metadata/finalizers/-",
      value: finalizer
    }],
    ["the finalizer is added where there is none", { metadata: { finalizers: null } }, {
      op: "add",
      path: "/metadata/finalizers",
      value: [finalizer]
    }],
    ["the controller's tags are added beside the user's", { spec: { tags: { "cluster.k8s.amazonaws.com/name": null, team: "blue" } } }, {
      op: "add",
      path: "/spec/tags/cluster.k8s.amazonaws.com~1name",
      value: "prod"
    }],
    ["tags are made where there are none", { spec: { tags: null } }, { op: "add", path: "/spec/tags", value: tags }],
    ["a spec is made where there is none", { spec: null }, { op: "add", path: "/spec", value: { tags } }]
  ]
  it.each(cases)("%s", (_name, change, operation) => {
    assert.deepStrictEqual(operations(change), operation === undefined ? undefined : [lock, operation])
  })

  it("an object that is being deleted is left alone", () => {
    assert.isUndefined(operations({ metadata: { deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: null } }))
  })

  const maybe = <S extends Schema.Constraint>(schema: S) => Schema.optionalKey(Schema.NullOr(schema))
  const text = Schema.Literals(["", "linux", "prod", "x"])
  // A document with everything that newer versions may add (`unknown`, `blockOwnerDeletion`), in every state of disrepair.
  const Disrepair = Schema.Struct({
    labels: maybe(Schema.Struct({ "kubernetes.io/os": Schema.optionalKey(text), team: Schema.optionalKey(text) })),
    finalizers: maybe(Schema.Array(Schema.Literals(["a/b", "c/d"]))),
    ownerReferences: maybe(Schema.Array(Schema.Struct({
      apiVersion: Schema.Literals(["v1", "apps/v1"]),
      kind: Schema.Literals(["Node", "DaemonSet"]),
      name: Schema.Literals(["ip-10-0-0-1", "other"]),
      uid: Schema.Literals(["node-uid-1", "node-uid-2", "uid-3"]),
      blockOwnerDeletion: Schema.Boolean
    }))),
    spec: maybe(Schema.Struct({
      features: maybe(Schema.Array(Schema.Struct({ name: text, unknown: Schema.Boolean }))),
      tags: maybe(Schema.Record(Schema.Literals([...Object.keys(tags), "team"]), text)),
      unknown: Schema.Int
    }))
  })
  const documents = Arbitrary.schema(Disrepair).pipe(Arbitrary.map(({ spec, ...metadata }): Schema.JsonObject => ({
    apiVersion: "vpcresources.k8s.aws/v1alpha1",
    kind: "CNINode",
    metadata: { ...metadata, name: "ip-10-0-0-1", uid: "cninode-uid", resourceVersion: "7", generation: 3 },
    ...(spec === undefined ? {} : { spec }),
    status: { nodeNetworkState: [{ unknown: true }] }
  })))
  /** The document without everything that align may touch. */
  const rest = (document: Schema.JsonObject) => {
    const owners = isObject(document["metadata"]) ? document["metadata"]["ownerReferences"] : undefined
    const stripped = MergePatch.apply(document, {
      metadata: { resourceVersion: null, finalizers: null, ownerReferences: null, labels: { "kubernetes.io/os": null } },
      spec: { tags: { "cluster.k8s.amazonaws.com/name": null, "node.k8s.amazonaws.com/instance_id": null } }
    })
    const unknown = isArray(owners) ? owners.map((one) => isObject(one) ? one["blockOwnerDeletion"] : undefined) : []
    return [stripped, unknown.filter((one) => one !== undefined)]
  }
  it.prop("for every CNINode: it is right after, keeps what is not ours, and needs no second patch", {
    document: documents
  }, ({ document }) => {
    const patch = CNINodePatch.align(decoded(document), facts)
    const after = patch === undefined ? document : patched(document, patch)
    if (after === "Conflict") return assert.fail("nobody else wrote")
    const { metadata, spec } = decoded(after)
    assert.deepInclude([...metadata.ownerReferences ?? []], owner)
    assert.strictEqual(metadata.labels?.["kubernetes.io/os"], "linux")
    assert.isTrue(metadata.finalizers?.includes(finalizer))
    assert.deepStrictEqual({ ...spec?.tags, ...tags }, spec?.tags)
    assert.deepStrictEqual(rest(after), rest(document))
    assert.isUndefined(CNINodePatch.align(decoded(after), facts))
    if (patch !== undefined) assert.strictEqual(patched(after, patch), "Conflict")
  }, { arbitrary: { runs: 500, seed: 1 } })
})

describe("dropFinalizer", () => {
  const withFinalizers = (finalizers: ReadonlyArray<string> | null) =>
    decoded(stored({ metadata: { name: "ip-10-0-0-1", finalizers } }))
  it("takes away ours, keeps the others, and is locked to the version that was seen", () => {
    assert.deepStrictEqual(CNINodePatch.dropFinalizer(withFinalizers(["a/b", finalizer, "c/d"])), {
      metadata: { resourceVersion: "7", finalizers: ["a/b", "c/d"] }
    })
  })
  it("an object without it gets no patch", () => {
    assert.isUndefined(CNINodePatch.dropFinalizer(withFinalizers(["a/b"])))
    assert.isUndefined(CNINodePatch.dropFinalizer(withFinalizers(null)))
  })
  it("applying it lets the object go", () => {
    const document = stored(CNINodePatch.document(facts))
    const after = MergePatch.apply(document, CNINodePatch.dropFinalizer(decoded(document)) ?? {})
    assert.deepStrictEqual(decoded(after).metadata.finalizers, [])
    assert.isUndefined(CNINodePatch.dropFinalizer(decoded(after)))
  })
})
