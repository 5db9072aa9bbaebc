import { IpNetwork, NetAddress } from "effect/net"
import { Result, Schema } from "effect"
import { describe, expect, it } from "vitest"
import { objectAt, objectsAt, textAt } from "@branchline/adapter-memory/kubernetes/Document"
import { podEni } from "@branchline/core/model/Names"
import { capacityPatch, podCreation } from "../../src/story/AuditView.js"
import { tolerationText } from "../../src/story/describe/Pod.js"
import type { Recording } from "../../src/story/Recording.js"
import { seedJson } from "./support.js"

const Branch = Schema.Struct({
  eniId: Schema.String,
  ifAddress: Schema.String,
  privateIp: Schema.String,
  vlanId: Schema.Int,
  subnetCidr: Schema.String
})
const Amounts = Schema.Record(Schema.String, Schema.String)
const Described = Schema.Struct({
  node: Schema.String,
  annotation: Schema.Array(Branch),
  limits: Amounts,
  requests: Amounts,
  tolerations: Schema.Array(Schema.String),
  events: Schema.Array(Schema.Struct({ type: Schema.String, reason: Schema.String, from: Schema.String, message: Schema.String }))
})
const Creation = Schema.Struct({ verb: Schema.String, objectRef: Schema.Json, annotations: Amounts })
const StatusPatch = Schema.Struct({
  verb: Schema.String,
  user: Schema.Struct({ username: Schema.String, groups: Schema.Array(Schema.String) }),
  objectRef: Amounts,
  responseStatus: Schema.Json,
  requestObject: Schema.Json
})

const described = Schema.decodeUnknownSync(Described)(seedJson("pod-described.json"))
const creation = Schema.decodeUnknownSync(Creation)(seedJson("audit-pod-create.json"))
const statusPatch = Schema.decodeUnknownSync(StatusPatch)(seedJson("audit-node-status-patch.json"))

/** What is different in every run: ids, addresses, and how long an image took. */
const masked = (text: string): string =>
  text
    .replaceAll(/\beni-0[0-9a-f]{16}\b/g, "<eni>")
    .replaceAll(/\b02(:[0-9a-f]{2}){5}\b/g, "<mac>")
    .replaceAll(/\bip-192-168-\d+-\d+\.eu-west-1\.compute\.internal\b/g, "<node>")
    .replaceAll(/\b192\.168\.\d+\.\d+"/g, "<address>\"")
    .replaceAll(/"[0-9a-f]{64}"/g, "<container>")
    .replaceAll(/ in \d+\.\d+s$/g, " in <duration>")

/** What a cluster shows of the seed's story, once the pod runs. */
export type Evidence = Pick<Recording, "pods" | "nodes" | "events" | "audit" | "violations">

const fail = (message: string): never => expect.fail(message)

/** The name of the component that recorded an event: newer ones leave `source` empty. */
const componentOf = ({ reportingComponent, source }: Evidence["events"][number]): string => source?.component || (reportingComponent ?? "")

/** Annotations of admission plugins that the record's cluster did not have, and of one that newer clusters no longer have. */
const isOfAnotherAge = (key: string): boolean => key.startsWith("podsecuritypolicy.") || key.startsWith("pod-security.kubernetes.io/")

const ofItsAge = (annotations: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(annotations).filter(([key]) => !isOfAnotherAge(key)))

const branchOf = (annotation: string) => Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Array(Branch)))(annotation)[0]

/** Holds a cluster against the seed's record, in what does not differ from run to run. */
export const theRecord = (title: string, evidence: () => Evidence): void => {
  const pod = () => evidence().pods[0] ?? {}
  const node = () => evidence().nodes[0] ?? {}
  const annotation = () => textAt(pod(), "metadata", "annotations", podEni) ?? ""

  describe(`${title}`, () => {
    it("is one pod on one node, and the pod runs", () => {
      expect(evidence().pods).toHaveLength(1)
      expect(evidence().nodes).toHaveLength(1)
      expect(textAt(pod(), "status", "phase")).toBe("Running")
      expect(evidence().violations).toEqual([])
    })

    it("writes the record's annotation: its keys in their order, its forms, VLAN id 1", () => {
      expect(masked(annotation())).toBe(masked(JSON.stringify(described.annotation)))
      const branch = branchOf(annotation())
      expect(branch?.vlanId).toBe(1)
      expect(branch?.privateIp).toBe(textAt(pod(), "status", "podIP"))
    })

    it("takes an address inside the subnet", () => {
      const branch = branchOf(annotation())
      const inside = Result.map(
        Result.all([IpNetwork.fromString(branch?.subnetCidr ?? ""), NetAddress.ipFromString(branch?.privateIp ?? "")]),
        ([network, address]) => IpNetwork.contains(network, address)
      )
      expect(inside).toEqual(Result.succeed(true))
      expect(branch?.privateIp).not.toBe(textAt(objectsAt(node(), "status", "addresses")[0] ?? {}, "address"))
    })

    it("gives the pod the record's resources and tolerations", () => {
      const [container = {}] = objectsAt(pod(), "spec", "containers")
      expect(objectAt(container, "resources", "limits")).toEqual(described.limits)
      expect(objectAt(container, "resources", "requests")).toEqual(described.requests)
      expect(objectsAt(pod(), "spec", "tolerations").map(tolerationText).sort()).toEqual(described.tolerations)
    })

    it("records the record's events on the pod, each component's in the record's order and words", () => {
      const told = evidence().events.filter(({ involvedObject }) => involvedObject.kind === "Pod").map((event) => ({
        type: event.type ?? "",
        reason: event.reason ?? "",
        from: componentOf(event),
        message: masked(event.message ?? "")
      }))
      const expected = described.events.map(({ from, message, reason, type }) => ({ type, reason, from, message: masked(message) }))
      // Between components the record's seconds leave the order open.
      const byComponent = (events: typeof told) =>
        ["default-scheduler", "vpc-resource-controller", "kubelet"].map((component) => events.filter(({ from }) => from === component))
      expect(byComponent(told)).toEqual(byComponent(expected))
      expect(told).toHaveLength(expected.length)
    })

    it("gives the node capacity and allocatable 9", () => {
      expect(textAt(node(), "status", "capacity", podEni)).toBe("9")
      expect(textAt(node(), "status", "allocatable", podEni)).toBe("9")
    })

    it("audits the pod's creation with the record's webhook annotations of both rounds, and its very patch", () => {
      const { annotations, objectRef, responseStatus, verb } = podCreation(evidence().audit) ?? fail("no record of the creation")
      expect(ofItsAge(annotations)).toEqual(ofItsAge(creation.annotations))
      expect({ objectRef, verb }).toEqual({ objectRef: creation.objectRef, verb: creation.verb })
      expect(responseStatus.code).toBe(201)
    })

    it("audits the node's capacity as the record's status patch", () => {
      const { objectRef, requestObject, responseStatus, user, verb } = capacityPatch(evidence().audit) ?? fail("no record of the patch")
      expect({ requestObject, responseStatus, verb, user: { username: user.username, groups: user.groups } }).toEqual({
        requestObject: statusPatch.requestObject,
        responseStatus: statusPatch.responseStatus,
        verb: statusPatch.verb,
        user: statusPatch.user
      })
      expect(masked(JSON.stringify(Object.entries(objectRef).sort()))).toBe(masked(JSON.stringify(Object.entries(statusPatch.objectRef).sort())))
    })

    it("makes what the masks hide in the record's forms", () => {
      expect(masked(annotation())).toBe(`[{"eniId":"<eni>","ifAddress":"<mac>","privateIp":"<address>","vlanId":1,"subnetCidr":"192.168.0.0/19"}]`)
      expect(masked(textAt(node(), "metadata", "name") ?? "")).toBe("<node>")
      expect(masked(described.node)).toBe("<node>")
    })
  })
}
