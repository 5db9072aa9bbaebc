import type { Ec2Call } from "../../ec2/CallLog.js"
import type { Change } from "../../kubernetes/Store.js"
import type { Book, PodRecord } from "./Book.js"

/**
 * A rule that holds at every moment, whatever goes wrong. Each of its parts is told what has just happened and answers what is wrong with it, if
 * anything is: `undefined` or an empty list where all is well. It may remember, for one life: make a new one for each.
 */
export interface Oracle {
  /** What must never be, in a few words. */
  readonly name: string
  /** A pod came, changed or went. */
  readonly pod?: (pod: PodRecord, before: PodRecord | undefined, book: Book) => string | undefined
  /** Any object was written. */
  readonly change?: (change: Change, book: Book) => string | undefined
  /** EC2 did or refused a call. */
  readonly call?: (call: Ec2Call, book: Book) => string | undefined
  /** Nothing has happened for a while, and nothing will: what is not as it should be. */
  readonly calm?: (book: Book) => ReadonlyArray<string>
}

/** Something that must never be, and was. */
export interface Violation {
  /** Since the life's begin, milliseconds. */
  readonly at: number
  readonly oracle: string
  readonly text: string
}
