import { closeBrace, colon, comma, openBrace, quote, skipSpace, skipText, skipValue } from "./Bytes.js"

/** A member of an object as places in its bytes: the name without its quotation marks, and the value. */
export interface Member {
  nameFrom: number
  nameTo: number
  valueFrom: number
  valueTo: number
}

/** A walk along the members of one object: nothing is decoded, and what lies behind the last member asked for is not looked at. */
export interface Members {
  /** Where the next member is looked for. */
  index: number
  /** The member that was found last. */
  readonly member: Member
}

/** Begins at an object's brace; undefined where there is none. */
export const members = (bytes: Uint8Array, from: number, end: number): Members | undefined => {
  const index = skipSpace(bytes, from, end)
  return bytes[index] === openBrace && index < end ? { index: index + 1, member: { nameFrom: 0, nameTo: 0, valueFrom: 0, valueTo: 0 } } : undefined
}

/** Goes on to the next member: whether there is one, or that this is not how an object goes on. */
export const next = (bytes: Uint8Array, walk: Members, end: number): "member" | "end" | "broken" => {
  let index = skipSpace(bytes, walk.index, end)
  if (bytes[index] === comma) index = skipSpace(bytes, index + 1, end)
  if (index >= end) return "broken"
  if (bytes[index] === closeBrace) return "end"
  if (bytes[index] !== quote) return "broken"
  const { member } = walk
  member.nameFrom = index + 1
  index = skipText(bytes, index, end)
  member.nameTo = index - 1
  index = skipSpace(bytes, index, end)
  if (index >= end || bytes[index] !== colon) return "broken"
  member.valueFrom = skipSpace(bytes, index + 1, end)
  member.valueTo = skipValue(bytes, member.valueFrom, end)
  if (member.valueTo > end) return "broken"
  walk.index = member.valueTo
  return "member"
}
