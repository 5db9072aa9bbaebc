import { Result } from "effect"
import { readBranchAnnotation } from "@branchline/core/model/BranchAnnotation"
import { podEni } from "@branchline/core/model/Names"
import { actorOf, type Fact, isRefused, pastOf, programOf, type WebhookCall } from "../facts/Fact.js"
import { textAt, type Json } from "../facts/Json.js"
import { momentOf } from "../facts/Time.js"
import { isPodEni } from "../facts/Webhooks.js"
import type { Step } from "./Schema.js"

type Told = Pick<Step, "what" | "text"> & Partial<Pick<Step, "details" | "mark">>

/** An operation of a JSON Patch in one line: `add /spec/… {"vpc.amazonaws.com/pod-eni":"1"}`. */
const operationText = (operation: Json): string => {
  const value = typeof operation === "object" && operation !== null && "value" in operation ? ` ${JSON.stringify(operation.value)}` : ""
  return `${textAt(operation, "op") ?? "?"} ${textAt(operation, "path") ?? ""}${value}`
}

const callText = ({ configuration, index, kind, outcome, patch, round, webhook }: WebhookCall): ReadonlyArray<string> => {
  const of = configuration === undefined || configuration === webhook ? "" : ` of ${configuration}`
  const what = outcome === "failed open" ? "failed open: it did not answer, and was passed over" : outcome === "mutated" ? "changed the pod" : "changed nothing"
  return [`round ${round}, ${kind === "validating" ? "validating " : ""}webhook ${index}: ${webhook}${of} ${what}`, ...(patch ?? []).map((operation) => `  ${operationText(operation)}`)]
}

const asksText = { yes: `asks for ${podEni}`, no: `does not ask for ${podEni}`, unknown: "the record does not tell its resources" } as const

const annotationText = (value: string): ReadonlyArray<string> => {
  const read = readBranchAnnotation(value)
  if (Result.isFailure(read)) return [`the plugin would refuse it: ${read.failure}`, value]
  const { eniId, ifAddress, ipv6Addr, privateIp, subnetCidr, subnetV6Cidr, vlanId } = read.success
  return [`${eniId}, VLAN ${vlanId}, ${ifAddress}, ${[privateIp, ipv6Addr].filter((address) => address !== "").join(" and ")} of ${[subnetCidr, subnetV6Cidr].filter((cidr) => cidr !== "").join(" and ")}`]
}

const told = (fact: Fact, isController: (user: string) => boolean): Told => {
  const program = programOf(fact.deed)
  const by = `by ${actorOf(fact.deed)}${program === "" ? "" : ` with ${program}`}`
  switch (fact._tag) {
    case "PodCreated":
      return {
        what: "created",
        text: `created ${by}`,
        details: [asksText[fact.asks], ...fact.webhooks.flatMap(callText), ...(fact.annotation === undefined ? [] : [`brings an annotation ${podEni} along`])],
        mark: fact.webhooks.some((call) => isPodEni(call) && call.outcome === "failed open") ? "bad" : "plain"
      }
    case "PodBound":
      return { what: "bound", text: `bound to ${fact.node ?? "a node that the record does not name"} ${by}` }
    case "AnnotationWritten": {
      const own = isController(fact.deed.user)
      if (fact.value === null) return { what: "annotation", text: `annotation removed ${by}`, mark: "bad" }
      return { what: "annotation", text: `${fact.whole ? "written as a whole, with its annotation," : "annotated"} ${by}`, details: annotationText(fact.value), mark: own ? "good" : fact.whole ? "plain" : "bad" }
    }
    case "PodChanged":
      return { what: "changed", text: `changed ${by}: ${fact.what}` }
    case "PodStatus":
      return { what: "status", text: `status ${by}: ${fact.what.join(", ")}` }
    case "PodDeleted":
      return {
        what: "deleted",
        text: fact.final === true ? `gone: deleted ${by}` : `deletion asked for ${by}${fact.grace === undefined ? "" : `, ${fact.grace} s of grace`}`
      }
    case "PodEvicted":
      return { what: "evicted", text: `eviction asked for ${by}`, mark: "warning" }
    case "EventTold":
      return {
        what: "event",
        text: `${fact.type === "Warning" ? "warning " : ""}${fact.reason} from ${fact.component}${fact.count > 1 ? ` (${fact.count} times)` : ""}: ${fact.message}`,
        mark: fact.type === "Warning" ? "warning" : "plain"
      }
    case "NodeCapacity":
      return { what: "node", text: `${fact.node}: ${fact.field} ${podEni} ${fact.value === null ? "removed" : `= ${fact.value}`} ${by}` }
    case "NodeLabelled":
      return { what: "node", text: `${fact.node}: label has-trunk-attached ${fact.value === null ? "removed" : `= ${fact.value}`} ${by}` }
    case "CniNodeChanged":
      return { what: "CNINode", text: `CNINode ${fact.node}: ${pastOf(fact.verb)} ${by}${fact.what === "" ? "" : `: ${fact.what}`}` }
    case "PolicyChanged":
      return { what: "policy", text: `SecurityGroupPolicy ${fact.namespace}/${fact.name}: ${pastOf(fact.verb)} ${by}${fact.what === "" ? "" : `: ${fact.what}`}` }
    case "WebhookConfigured":
      return { what: "policy", text: `webhook configuration ${fact.name}: ${pastOf(fact.verb)} ${by}` }
  }
}

/** A fact as a step of a story that began at `created` (milliseconds since the epoch). */
export const stepOf = (fact: Fact, created: number | undefined, isController: (user: string) => boolean): Step => {
  const { deed } = fact
  const { details, mark, text, what } = told(fact, isController)
  const coarse = fact._tag === "EventTold" && fact.coarse
  const refused = isRefused(deed) ? [`refused with ${deed.code}${deed.refusal === undefined ? "" : `: ${deed.refusal}`}`] : []
  return {
    what,
    ...(deed.at === undefined ? {} : { at: momentOf(deed.at) }),
    ...(deed.at === undefined || created === undefined || coarse ? {} : { sinceCreated: Math.round((deed.at - created) * 1_000) / 1_000 }),
    coarse,
    text: isRefused(deed) ? `refused: ${text}` : text,
    details: [...refused, ...details ?? []],
    user: actorOf(deed),
    agent: deed.agent,
    ...(deed.code === undefined ? {} : { code: deed.code }),
    mark: isRefused(deed) ? "warning" : mark ?? "plain",
    place: deed.place
  }
}
