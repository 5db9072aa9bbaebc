import { Data } from "effect"

/** The server cannot start: which setting, what is wrong, and the mend. Not retryable by itself. */
export class BadStart extends Data.TaggedError("BadStart")<{
  readonly field: string
  readonly problem: string
  readonly mend: string
}> {
  override get message(): string {
    return `${this.field}: ${this.problem}; ${this.mend}`
  }
}
