import { Data } from "effect"

/** One thing about the input that a person has to know: where it is, what it is, and the mend. */
export interface Finding {
  readonly file?: string | undefined
  /** From 1. */
  readonly line?: number | undefined
  /** `spec.securityGroups.groupIds`. */
  readonly field?: string | undefined
  readonly message: string
  readonly mend: string
}

/** The input cannot be played. Not retryable: somebody has to mend it first. */
export class BadInput extends Data.TaggedError("BadInput")<{
  readonly findings: ReadonlyArray<Finding>
}> {
  override get message(): string {
    return this.findings.map(findingText).join("\n")
  }
}

/** A failure with one finding. */
export const badInput = (finding: Finding): BadInput => new BadInput({ findings: [finding] })

/**
 * A finding as one line.
 *
 * @example "policy.yaml:8: spec.securityGroups.groupIds: it names no security group; list at least one group id"
 */
export const findingText = ({ field, file, line, mend, message }: Finding): string => {
  const place = file === undefined ? "" : line === undefined ? `${file}: ` : `${file}:${line}: `
  return `${place}${field === undefined || field === "" ? "" : `${field}: `}${message}; ${mend}`
}
