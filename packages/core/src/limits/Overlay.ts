import { Data, Result, Schema, SchemaIssue } from "effect"
import { type InstanceLimits, maxBranches } from "./InstanceLimits.js"
import type { LimitsTable } from "./Limits.js"

const InstanceType = Schema.String.check(
  Schema.isPattern(/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/, { expected: "an instance type such as m5.large" })
)
const count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1, { expected: "1 or more" }))
const index = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0, { expected: "0 or more" }))
const branches = Schema.Int.check(
  Schema.isBetween({ minimum: 0, maximum: maxBranches }, {
    expected: `0 to ${maxBranches}, for only VLAN ids 1 to ${maxBranches} are safe on a node`
  })
)
const networkCards = Schema.Array(Schema.Struct({ index, interfaces: count })).check(
  Schema.isMinLength(1, { expected: "at least one network card" })
)

/**
 * The user's own limits by instance type. An entry overrides single fields of a type of the table, or adds a type.
 *
 * - A new type needs `interfaces`, `ipv4PerInterface` and `branches`; its hypervisor is `nitro` unless said otherwise.
 * - `trunking` follows `branches` (positive or not), and `trunking: false` alone makes `branches` 0.
 * - The card of a type with one network card, or of a new type, follows `interfaces`.
 *
 * ```json
 * { "m9.large": { "interfaces": 3, "ipv4PerInterface": 20, "branches": 9 }, "m5.large": { "branches": 5 } }
 * ```
 */
export const LimitsOverlay = Schema.Record(Schema.String, Schema.Struct({
  interfaces: Schema.optionalKey(count),
  ipv4PerInterface: Schema.optionalKey(count),
  trunking: Schema.optionalKey(Schema.Boolean),
  branches: Schema.optionalKey(branches),
  networkCards: Schema.optionalKey(networkCards),
  defaultNetworkCard: Schema.optionalKey(index),
  hypervisor: Schema.optionalKey(Schema.Literals(["nitro", "xen", ""]))
})).check(Schema.isPropertyNames(InstanceType))
export type LimitsOverlay = typeof LimitsOverlay.Type
type Entry = LimitsOverlay[string]

/** One thing that is wrong with an overlay, and where: `["m5.large", "branches"]`. */
export interface OverlayIssue {
  readonly path: ReadonlyArray<PropertyKey>
  readonly reason: string
}

/** The overlay says what cannot be. It lists all that is wrong. Not retryable: somebody has to mend the overlay first. */
export class InvalidLimitsOverlay extends Data.TaggedError("InvalidLimitsOverlay")<{
  readonly issues: ReadonlyArray<OverlayIssue>
}> {
  override get message(): string {
    const lines = this.issues.map(({ path, reason }) => (path.length === 0 ? reason : `${path.map(String).join(" → ")}: ${reason}`))
    return `limits overlay: ${lines.join("; ")}`
  }
  /** Whether the same overlay can succeed later although nobody mends anything. */
  get isRetryable(): boolean {
    return false
  }
}

const decode = Schema.decodeUnknownResult(LimitsOverlay, { errors: "all", onExcessProperty: "error", reportInput: true })
const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

/** What no field says by itself but two fields together do. */
const contradictions = (instanceType: string, limits: InstanceLimits): ReadonlyArray<OverlayIssue> => {
  const issues: Array<OverlayIssue> = []
  if (limits.trunking !== limits.branches > 0) {
    issues.push({
      path: [instanceType, "branches"],
      reason: `${limits.branches} cannot be, for trunking is ${limits.trunking}`
    })
  }
  const cards = limits.networkCards.map((card) => card.index)
  for (const [i, card] of cards.entries()) {
    if (cards.indexOf(card) < i) {
      issues.push({ path: [instanceType, "networkCards", i, "index"], reason: `network card ${card} is listed twice` })
    }
  }
  if (!cards.includes(limits.defaultNetworkCard)) {
    issues.push({
      path: [instanceType, "defaultNetworkCard"],
      reason: `network card ${limits.defaultNetworkCard} is not listed: the type has ${cards.join(", ")}`
    })
  }
  return issues
}

/** The entry over what the table has, completed by the rules of {@link LimitsOverlay}. */
const merge = (
  instanceType: string,
  base: InstanceLimits | undefined,
  entry: Entry
): Result.Result<InstanceLimits, ReadonlyArray<OverlayIssue>> => {
  const interfaces = entry.interfaces ?? base?.interfaces
  const ipv4PerInterface = entry.ipv4PerInterface ?? base?.ipv4PerInterface
  const branches = entry.branches ?? (entry.trunking === false ? 0 : base?.branches)
  if (interfaces === undefined || ipv4PerInterface === undefined || branches === undefined) {
    const missing = Object.entries({ interfaces, ipv4PerInterface, branches }).filter(([, value]) => value === undefined)
    return Result.fail(missing.map(([field]) => ({
      path: [instanceType, field],
      reason: "missing, and the table has no such type to take it from"
    })))
  }
  const oneCard = base === undefined || (entry.interfaces !== undefined && base.networkCards.length === 1)
  const merged: InstanceLimits = {
    interfaces,
    ipv4PerInterface,
    trunking: entry.trunking ?? branches > 0,
    branches,
    networkCards: entry.networkCards ?? (oneCard ? [{ index: base?.defaultNetworkCard ?? 0, interfaces }] : base.networkCards),
    defaultNetworkCard: entry.defaultNetworkCard ?? base?.defaultNetworkCard ?? 0,
    hypervisor: entry.hypervisor ?? base?.hypervisor ?? "nitro"
  }
  const issues = contradictions(instanceType, merged)
  return issues.length === 0 ? Result.succeed(merged) : Result.fail(issues)
}

/**
 * The table with the user's overlay over it: the overlay wins, field by field; the table itself stays as it is. What is no
 * {@link LimitsOverlay}, or contradicts itself or the table, is {@link InvalidLimitsOverlay} with every path and reason (not retryable).
 *
 * ```ts
 * withOverlay(publishedLimits, { "m5.large": { branches: 5 } })
 * ```
 */
export const withOverlay = (table: LimitsTable, overlay: unknown): Result.Result<LimitsTable, InvalidLimitsOverlay> => {
  const decoded = decode(overlay)
  if (Result.isFailure(decoded)) {
    const issues = issuesOf(decoded.failure.issue).issues.map(({ message, path = [] }) => ({
      path: path.map((step) => (typeof step === "object" ? step.key : step)),
      reason: message
    }))
    return Result.fail(new InvalidLimitsOverlay({ issues }))
  }
  const merged = new Map(table)
  const issues: Array<OverlayIssue> = []
  for (const [instanceType, entry] of Object.entries(decoded.success)) {
    const limits = merge(instanceType, table.get(instanceType), entry)
    if (Result.isSuccess(limits)) merged.set(instanceType, limits.success)
    else issues.push(...limits.failure)
  }
  return issues.length === 0 ? Result.succeed(merged) : Result.fail(new InvalidLimitsOverlay({ issues }))
}
