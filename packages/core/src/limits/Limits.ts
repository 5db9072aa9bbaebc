import { Data, Result } from "effect"
import type { InstanceLimits } from "./InstanceLimits.js"
import { instanceTypes, source } from "./InstanceTypes.generated.js"
import { nearest } from "./Nearest.js"

/** Limits by the name of the instance type. */
export type LimitsTable = ReadonlyMap<string, InstanceLimits>

/** The module and version that {@link publishedLimits} was generated from. */
export const limitsSource: { readonly module: string; readonly version: string } = source

/** Every instance type of the published table (contract §6). It lags behind EC2: see `Overlay.withOverlay`. */
export const publishedLimits: LimitsTable = instanceTypes

/** The table has no such instance type. Not retryable: somebody has to add it to the overlay first. */
export class UnknownInstanceType extends Data.TaggedError("UnknownInstanceType")<{
  readonly instanceType: string
  /** A type of the table with nearly the same name. */
  readonly suggestion?: string | undefined
}> {
  override get message(): string {
    const nearby = this.suggestion === undefined ? "" : `; the nearest name there is "${this.suggestion}"`
    return `instance type "${this.instanceType}" is not in the limits table (published ${source.version} and overlay)${nearby}. ` +
      "A type newer than that needs its limits in the overlay"
  }
  /** Whether the same look-up can succeed later although nobody mends anything. */
  get isRetryable(): boolean {
    return false
  }
}

/** The instance type cannot have a trunk, so its pods get no branch interfaces. Not retryable: only another type helps. */
export class NotTrunkCompatible extends Data.TaggedError("NotTrunkCompatible")<{
  readonly instanceType: string
}> {
  override get message(): string {
    return `instance type "${this.instanceType}" is not trunk-compatible: it carries no branch interfaces`
  }
  /** Whether the same look-up can succeed later although nobody mends anything. */
  get isRetryable(): boolean {
    return false
  }
}

/**
 * The limits of an instance type, or {@link UnknownInstanceType} (not retryable).
 *
 * ```ts
 * Result.map(limitsOf(publishedLimits, "m5.large"), (limits) => limits.branches) // success: 9
 * ```
 */
export const limitsOf = (table: LimitsTable, instanceType: string): Result.Result<InstanceLimits, UnknownInstanceType> => {
  const limits = table.get(instanceType)
  return limits === undefined
    ? Result.fail(new UnknownInstanceType({ instanceType, suggestion: nearest(instanceType, table.keys()) }))
    : Result.succeed(limits)
}

/**
 * The limits of an instance type that can have a trunk; {@link UnknownInstanceType} or {@link NotTrunkCompatible} where there can be
 * none (neither is retryable; both are what the node event `Unsupported` reports, contract §7).
 */
export const trunkLimitsOf = (
  table: LimitsTable,
  instanceType: string
): Result.Result<InstanceLimits, UnknownInstanceType | NotTrunkCompatible> =>
  Result.flatMap(limitsOf(table, instanceType), (limits) =>
    limits.trunking ? Result.succeed(limits) : Result.fail(new NotTrunkCompatible({ instanceType })))
