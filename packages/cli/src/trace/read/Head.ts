import { openBrace, quote } from "./Bytes.js"
import { type Members, members, next } from "./Members.js"

/**
 * What a record is about, read off its bytes before anything is parsed. An API server writes these members before the objects of request and
 * response, so that most of a record is never looked at; in another order they are found all the same.
 *
 * Source: k8s.io/apiserver/pkg/apis/audit/v1, `Event`, whose fields Go encodes in their order.
 */
export interface Head {
  readonly verb: string
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  readonly name: string
  /** Where the members behind these begin. */
  readonly rest: Members
}

/** A record that only reads, or is about no resource: nobody asks about it. */
export const reads = "reads"
/** Only a parser can tell: no audit record, one in a wrapper, or broken. */
export const unclear = "unclear"

const isNamed = (bytes: Uint8Array, from: number, to: number, name: string): boolean => {
  if (to - from !== name.length) return false
  for (let index = 0; index < name.length; index++) if (bytes[from + index] !== name.charCodeAt(index)) return false
  return true
}

/** The text between quotation marks; undefined where it is no text or has an escape in it. */
const textOf = (bytes: Buffer, from: number, to: number): string | undefined => {
  if (bytes[from] !== quote) return undefined
  const text = bytes.toString("utf8", from + 1, to - 1)
  return text.includes("\\") ? undefined : text
}

const isRead = (bytes: Uint8Array, from: number, to: number): boolean =>
  isNamed(bytes, from, to, "\"get\"") || isNamed(bytes, from, to, "\"list\"") || isNamed(bytes, from, to, "\"watch\"")

interface Reference {
  resource: string
  subresource: string
  namespace: string
  name: string
}

const referenceOf = (bytes: Buffer, from: number, to: number): Reference | undefined => {
  const walk = members(bytes, from, to)
  if (walk === undefined) return undefined
  const found: Reference = { resource: "", subresource: "", namespace: "", name: "" }
  const { member } = walk
  for (;;) {
    const step = next(bytes, walk, to)
    if (step === "end") return found
    if (step === "broken") return undefined
    for (const field of ["resource", "subresource", "namespace", "name"] as const) {
      if (!isNamed(bytes, member.nameFrom, member.nameTo, field)) continue
      const text = textOf(bytes, member.valueFrom, member.valueTo)
      if (text === undefined) return undefined
      found[field] = text
    }
  }
}

/**
 * The head of the record in these bytes.
 *
 * @example headOf(bytes, 0, bytes.length) // { verb: "create", resource: "pods", namespace: "default", name: "aws-cli", … }
 */
export const headOf = (bytes: Buffer, start: number, end: number): Head | typeof reads | typeof unclear => {
  const walk = members(bytes, start, end)
  if (walk === undefined) return unclear
  const { member } = walk
  let verb: string | undefined
  let reference: Reference | undefined
  for (;;) {
    const step = next(bytes, walk, end)
    if (step === "broken") return unclear
    // A record without a verb is something else; one without a resource asks for a health check or the like.
    if (step === "end") {
      if (verb === undefined) return unclear
      return reference === undefined ? reads : { verb, ...reference, rest: walk }
    }
    const { nameFrom, nameTo, valueFrom, valueTo } = member
    if (isNamed(bytes, nameFrom, nameTo, "verb")) {
      if (isRead(bytes, valueFrom, valueTo)) return reads
      verb = textOf(bytes, valueFrom, valueTo)
      if (verb === undefined) return unclear
    } else if (isNamed(bytes, nameFrom, nameTo, "objectRef")) {
      if (bytes[valueFrom] !== openBrace) continue
      reference = referenceOf(bytes, valueFrom, valueTo)
      if (reference === undefined) return unclear
      if (verb !== undefined) return { verb, ...reference, rest: walk }
    }
  }
}

/** Where the value of a member lies that comes behind the head; undefined where there is none. */
export const memberBehind = (bytes: Buffer, head: Head, end: number, name: string): { readonly from: number; readonly to: number } | undefined => {
  const walk: Members = { index: head.rest.index, member: { nameFrom: 0, nameTo: 0, valueFrom: 0, valueTo: 0 } }
  const { member } = walk
  while (next(bytes, walk, end) === "member") {
    if (isNamed(bytes, member.nameFrom, member.nameTo, name)) return { from: member.valueFrom, to: member.valueTo }
  }
  return undefined
}

/** Whether the text (ASCII) stands somewhere between two places. */
export const mentions = (bytes: Buffer, from: number, to: number, text: string): boolean => {
  const found = bytes.subarray(from, to).indexOf(text, 0, "latin1")
  return found !== -1
}
