import type { Effect, Scope } from "effect"
import type { CouldNotLook } from "../../output/CouldNotLook.js"

/** Bytes of an open source, from its beginning to its end. */
export interface Chunks {
  /** The next of them, lent until the one after it is asked for; undefined at the end. */
  readonly next: Effect.Effect<Buffer | undefined, CouldNotLook>
  /** What the source could not give, once it has ended. */
  readonly incomplete: () => string | undefined
}

/** Where records come from. */
export interface Source {
  readonly name: string
  /** Bytes on disk, where that is known. */
  readonly size: number | undefined
  /** Whether it can be looked into before it is read. */
  readonly opensAgain: boolean
  readonly open: Effect.Effect<Chunks, CouldNotLook, Scope.Scope>
}
