import { describe, expect, it } from "@effect/vitest"
import type { Actor, PodCause } from "../../src/explain/Cause.js"
import type { PodStoryFacts } from "../../src/explain/Facts.js"
import { explainPod } from "../../src/explain/PodStory.js"

/** What is the case, and what a pod's story has to name as its cause. */
export interface Situation {
  readonly name: string
  readonly facts: PodStoryFacts
  readonly cause: { readonly _tag: PodCause["_tag"] } & Partial<Record<string, unknown>>
  readonly actor: Actor
  /** What the sentence for the next step has to name. */
  readonly next: RegExp
}

/** One test for each situation. */
export const pods = (title: string, situations: ReadonlyArray<Situation>): void => {
  describe(`what a pod waits for: ${title}`, () => {
    it.each(situations)("$name", ({ actor, cause, facts, next }) => {
      const { waitsFor } = explainPod(facts)
      expect(waitsFor).toMatchObject({ cause, actor })
      expect(waitsFor.next).toMatch(next)
    })
  })
}
