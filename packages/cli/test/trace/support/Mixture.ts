import { podEni } from "@branchline/core/model/Names"
import { Arbitrary } from "effect"
import { int, one } from "./Arbitraries.js"
import { annotation, auditRecord, capacityPatch, controller, lease, node, podOf } from "./Records.js"

const jsonPatch = (operations: ReadonlyArray<unknown>) => ({ verb: "patch", about: { resource: "pods", namespace: "shop", name: "web-1", apiVersion: "v1" }, request: operations })

/** Records of all kinds at a moment, about one of a few pods. */
const kinds: ReadonlyArray<(at: number, pod: ReturnType<typeof podOf>, turn: number) => object> = [
  (at, pod) => pod.create(at),
  (at, pod) => pod.create(at, { response: undefined, request: undefined }),
  (at, pod) => pod.create(at, { code: 403, response: { kind: "Status" }, message: "no" }),
  (at, pod) => pod.bind(at),
  (at, pod) => pod.bind(at, { request: undefined, response: undefined }),
  (at, pod, turn) => pod.annotate(at, annotation(turn % 3 + 1)),
  (at, pod) => pod.annotate(at, annotation(), { code: 422, message: "field is immutable" }),
  (at, pod, turn) => pod.annotate(at, turn % 2 === 0 ? null : "[]", { user: "somebody" }),
  (at, pod) => pod.annotate(at, null, { request: { metadata: { annotations: null } }, user: "somebody" }),
  (at) => auditRecord({ ...jsonPatch([{ op: "remove", path: `/metadata/annotations/${podEni.replace("/", "~1")}` }]), user: "somebody", at }),
  (at) => auditRecord({ ...jsonPatch([{ op: "replace", path: "/metadata/annotations", value: {} }]), user: "somebody", at }),
  (at) => auditRecord({ ...jsonPatch([{ op: "add", path: "/metadata/labels/get", value: "annotations" }]), user: controller, at }),
  (at, pod) => pod.status(at, { phase: "Running", conditions: [{ type: "Ready", status: "True" }], podIP: "192.168.26.162" }),
  (at, pod) => pod.status(at, { phase: "Running" }, { request: { metadata: { annotations: { [podEni]: "[]" } }, status: {} }, user: "somebody" }),
  (at, pod) => pod.remove(at, 30),
  (at, pod) => pod.remove(at, 0),
  (at, pod) => pod.event(at, "BranchAllocationFailed", "failed to allocate branch ENI to pod: no address", "Warning"),
  (at, pod) => pod.event(at, "ResourceAllocated", "Allocated [] to the pod"),
  (at, _pod, turn) => capacityPatch(at, turn % 3 === 0 ? null : String(turn)),
  (at) => auditRecord({ verb: "update", about: { resource: "nodes", name: node, subresource: "status" }, request: { status: { capacity: { [podEni]: "9" } } }, user: `system:node:${node}`, at }),
  (at) => auditRecord({ verb: "patch", about: { resource: "cninodes", name: node, apiGroup: "vpcresources.k8s.aws" }, request: { spec: { features: [{ name: "SecurityGroupsForPods" }] } }, user: "system:serviceaccount:kube-system:aws-node", at }),
  (at) => auditRecord({ verb: "delete", about: { resource: "securitygrouppolicies", namespace: "shop", name: "web" }, at }),
  (at) => auditRecord({ verb: "update", about: { resource: "mutatingwebhookconfigurations", name: "vpc-resource-mutating-webhook" }, request: {}, at }),
  (at) => auditRecord({ verb: "update", about: { resource: "mutatingwebhookconfigurations", name: "another" }, request: {}, at }),
  (at) => auditRecord({ verb: "deletecollection", about: { resource: "pods", namespace: "shop" }, response: { kind: "PodList", items: [{ metadata: { name: "web-1", namespace: "shop", uid: "uid-1", deletionGracePeriodSeconds: 0 } }] }, at }),
  (at) => auditRecord({ verb: "get", about: { resource: "pods", namespace: "shop", name: "web-1" }, response: { metadata: { annotations: { [podEni]: "[]" } } }, at }),
  (at) => auditRecord({ verb: "create", about: { resource: "pods", namespace: "shop", name: "web-1", subresource: "exec" }, at }),
  (at) => auditRecord({ verb: "create", about: { resource: "pods", namespace: "shop", name: "web-1" }, request: { kind: "Pod", metadata: { labels: { verb: "get", resource: "leases" } }, spec: { containers: [{ name: "a" }] } }, at }),
  (at, pod) => pod.create(at, { stage: "RequestReceived" }),
  lease
]

/** Any records, in the order of their times. */
export const Mixture: Arbitrary.Arbitrary<ReadonlyArray<object>> = Arbitrary.map(
  Arbitrary.array(Arbitrary.all({ kind: int(0, kinds.length - 1), pod: int(0, 2), wait: int(0, 40_000), turn: int(0, 9) }), { minLength: 1, maxLength: 30 }),
  (drawn) => {
    let at = 0
    return drawn.map(({ kind, pod, turn, wait }, index) => {
      at += wait
      const record = kinds[kind]!(at, podOf({ name: pod === 2 ? "web-2" : "web-1", uid: `uid-${pod}`, asks: turn < 7 }), turn)
      return { ...record, auditID: `a-${index}` }
    })
  }
)

const turned = (record: object): object => Object.fromEntries(Object.entries(record).reverse())

/** The ways in which a record comes as one line. */
export const Form = one<(record: object) => string>(
  (record) => JSON.stringify(record),
  (record) => JSON.stringify(record, null, 1).replaceAll("\n", ""),
  (record) => JSON.stringify(turned(record)),
  (record) => `2026-01-15T12:00:00.000Z ${JSON.stringify(record)}`,
  (record) => JSON.stringify({ "@timestamp": "2026-01-15 12:00:00.000", "@message": JSON.stringify(record) }),
  (record) => JSON.stringify({ timestamp: 1, message: record }),
  (record) => JSON.stringify({ log: `${JSON.stringify(record)}\n`, stream: "stdout" })
)
