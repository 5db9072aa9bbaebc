import { type Head, memberBehind, mentions } from "./Head.js"

/**
 * Which records are parsed: the others say nothing that a story tells. Decided on bytes; in doubt a record is parsed. Records are taken as an API server writes them, which
 * escapes no letter of a name.
 */
export type Wanted = (head: Head, bytes: Buffer, from: number, to: number) => boolean

/** Whether a member behind the head mentions a text; where there is no such member, whether the record does. */
const requestMentions = (head: Head, bytes: Buffer, from: number, to: number, ...texts: ReadonlyArray<string>): boolean => {
  const request = memberBehind(bytes, head, to, "requestObject")
  return texts.some((text) => mentions(bytes, request?.from ?? from, request?.to ?? to, text))
}

/** Events that tell why a pod waits for its annotation (contract §7). */
const failures = ["BranchAllocationFailed", "BranchENIAnnotationFailed"]

/** What is told of nodes, policies and webhooks, whoever asks. */
const aboutCluster: Wanted = (head, bytes, from, to) => {
  switch (head.resource) {
    case "nodes":
      return head.verb !== "delete" && head.verb !== "update" && requestMentions(head, bytes, from, to, "pod-eni", "has-trunk-attached")
    case "cninodes":
    case "securitygrouppolicies":
      return true
    case "mutatingwebhookconfigurations":
    case "validatingwebhookconfigurations":
      return head.name.startsWith("vpc-resource-")
    default:
      return false
  }
}

/** For a window: what makes, binds, annotates and ends pods. */
export const forWindow: Wanted = (head, bytes, from, to) => {
  switch (head.resource) {
    case "pods":
      // What a patch does to an annotation it names `annotations`, as a member or in a path.
      if (head.verb === "patch" || head.verb === "update") return requestMentions(head, bytes, from, to, "annotations")
      return head.verb !== "create" || head.subresource === "" || head.subresource === "binding"
    case "events":
      return failures.some((reason) => mentions(bytes, from, to, reason))
    default:
      return aboutCluster(head, bytes, from, to)
  }
}

/** Whose story is told: a name in a namespace, or a UID. */
export type Whose =
  | { readonly _tag: "Name"; readonly namespace: string; readonly name: string }
  | { readonly _tag: "Uid"; readonly uid: string }

const isOthers = (said: string, asked: string): boolean => said !== "" && said !== asked

/** For one pod: all that mentions it, and what concerns nodes. */
export const forPod = (whose: Whose): Wanted => (head, bytes, from, to) => {
  switch (head.resource) {
    case "pods": {
      if (head.verb === "create" && head.subresource !== "" && head.subresource !== "binding" && head.subresource !== "eviction") return false
      const { name, namespace } = head
      if (whose._tag === "Uid") return mentions(bytes, from, to, whose.uid)
      if (isOthers(namespace, whose.namespace)) return false
      // A name that the server makes up stands in the answer alone.
      return name === whose.name || name === "" && mentions(bytes, from, to, whose.name)
    }
    case "events":
      return mentions(bytes, from, to, whose._tag === "Uid" ? whose.uid : whose.name)
    default:
      return aboutCluster(head, bytes, from, to)
  }
}

/** Everything is parsed; what the filters are measured by. */
export const everything: Wanted = () => true
