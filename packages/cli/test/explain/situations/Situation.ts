import type { Effect, Scope } from "effect"
import type { Look } from "../../../src/cluster/Look.js"

/** What somebody asks. */
export type Question =
  | { readonly kind: "pod"; readonly name: string; readonly namespace?: string }
  | { readonly kind: "policy"; readonly name: string }
  | { readonly kind: "node"; readonly name: string }
  | { readonly kind: "status" }

/** One situation of Amazon's guide to security groups for pods, and what has to be named as its cause. */
export interface Situation {
  /** What a person sees, or did. */
  readonly title: string
  /** In which part of the guide it is, or in which of its neighbours. */
  readonly guide: string
  /** Builds the situation and looks at it. `node`: the name of the node in question, where the question is about one. */
  readonly build: Effect.Effect<{ readonly look: Look; readonly node?: string }, unknown, Scope.Scope>
  readonly question: (node: string) => Question
  /** The cause by name: of a pod, policy or node, or a finding of `status`. */
  readonly cause: string
  /** What the sentence of the cause has to name. */
  readonly names: RegExp
  /** What the next step has to name. */
  readonly next: RegExp
  /** What else the screen has to tell. */
  readonly screen?: RegExp
}

export const pod = (name: string, namespace?: string) => (): Question => ({ kind: "pod", name, ...(namespace === undefined ? {} : { namespace }) })
export const policy = (name: string) => (): Question => ({ kind: "policy", name })
export const node = (name: string): Question => ({ kind: "node", name })
export const status = (): Question => ({ kind: "status" })
