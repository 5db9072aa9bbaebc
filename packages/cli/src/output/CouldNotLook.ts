import { Data } from "effect"

/** A command could not look at what it was asked about: the exit code is 2. Not retried. */
export class CouldNotLook extends Data.TaggedError("CouldNotLook")<{
  /** One sentence that names the place: a file and line, a flag, a server. */
  readonly message: string
  /** What a person can do, where it is known. */
  readonly mend?: string | undefined
}> {}
