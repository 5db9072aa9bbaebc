import type { Page } from "./Page.js"

/** What a command found out: data for programs, and the same in words for people. */
export interface Answer<A> {
  /** What `--output json|yaml` prints; the command's schema documents it. */
  readonly data: A
  /** What a person reads, without a line end at the end. */
  readonly text: (page: Page) => string
  /** Whether there is something to look into: the exit code is 1, and else 0. */
  readonly found: boolean
}
