import type { Json } from "./Json.js"

/** One request as an audit record tells it. Times are milliseconds since the epoch with their fractions. */
export interface Deed {
  /** When it was answered; of an event, when it was told; undefined where the record does not say. */
  readonly at: number | undefined
  /** When it came in. */
  readonly received: number | undefined
  /** As whom it was done. */
  readonly user: string
  /** Who asked to be that user; undefined where nobody was impersonated. */
  readonly by: string | undefined
  readonly agent: string
  /** HTTP status; undefined where the record has none. */
  readonly code: number | undefined
  /** What the server said of a refusal. */
  readonly refusal: string | undefined
  /** Where the record stands: `audit.log:17`. */
  readonly place: string
}

/** A pod, as far as a record names it. */
export interface PodRef {
  readonly namespace: string
  /** Empty where the server made up the name and the record does not tell it. */
  readonly name: string
  readonly uid: string | undefined
}

/** What one webhook did in one round; the index counts all webhooks of the cluster. */
export interface WebhookCall {
  readonly round: number
  readonly index: number
  readonly kind: "mutating" | "validating"
  readonly configuration: string | undefined
  readonly webhook: string
  readonly outcome: "mutated" | "unchanged" | "failed open"
  /** JSON Patch operations; undefined where the record has none. */
  readonly patch: ReadonlyArray<Json> | undefined
}

/** Something a record says that a story can use. */
export type Fact =
  | {
    readonly _tag: "PodCreated"
    readonly deed: Deed
    readonly pod: PodRef
    readonly generateName: string | undefined
    /** Whether the pod as it was stored asks for a branch interface. */
    readonly asks: "yes" | "no" | "unknown"
    readonly webhooks: ReadonlyArray<WebhookCall>
    /** An annotation that it was made with. */
    readonly annotation: string | undefined
    readonly node: string | undefined
  }
  | { readonly _tag: "PodBound"; readonly deed: Deed; readonly pod: PodRef; readonly node: string | undefined }
  /** `value` null: removed; `whole`: the pod was written as a whole, so the annotation may only have been carried along. */
  | { readonly _tag: "AnnotationWritten"; readonly deed: Deed; readonly pod: PodRef; readonly value: string | null; readonly whole: boolean }
  /** Any other change to the pod; `what` in few words. */
  | { readonly _tag: "PodChanged"; readonly deed: Deed; readonly pod: PodRef; readonly what: string }
  | { readonly _tag: "PodStatus"; readonly deed: Deed; readonly pod: PodRef; readonly what: ReadonlyArray<string> }
  /** `final`: the object is gone with it; undefined where the record does not tell. */
  | { readonly _tag: "PodDeleted"; readonly deed: Deed; readonly pod: PodRef; readonly grace: number | undefined; readonly final: boolean | undefined }
  | { readonly _tag: "PodEvicted"; readonly deed: Deed; readonly pod: PodRef }
  | {
    readonly _tag: "EventTold"
    readonly deed: Deed
    readonly pod: PodRef
    readonly type: string
    readonly reason: string
    readonly message: string
    readonly count: number
    readonly component: string
    /** Whether its time is only known to the second. */
    readonly coarse: boolean
  }
  | { readonly _tag: "NodeCapacity"; readonly deed: Deed; readonly node: string; readonly field: "capacity" | "allocatable"; readonly value: string | null }
  /** A node agent before v1.15.0 asks for a trunk by a label (contract §1). */
  | { readonly _tag: "NodeLabelled"; readonly deed: Deed; readonly node: string; readonly value: string | null }
  | { readonly _tag: "CniNodeChanged"; readonly deed: Deed; readonly node: string; readonly verb: string; readonly what: string }
  | { readonly _tag: "PolicyChanged"; readonly deed: Deed; readonly namespace: string; readonly name: string; readonly verb: string; readonly what: string }
  | { readonly _tag: "WebhookConfigured"; readonly deed: Deed; readonly name: string; readonly verb: string }

/** Facts about one pod. */
export type PodFact = Extract<Fact, { readonly pod: PodRef }>

/** Whether the server refused; a record without a status is taken for a success. */
export const isRefused = ({ code }: Deed): boolean => code !== undefined && code >= 400

/** Who did it, as whom: `user`, or `user (impersonated by …)`. */
export const actorOf = ({ by, user }: Deed): string => (by === undefined ? user : `${user} (impersonated by ${by})`)

/** The program's name and version, without its build. */
export const programOf = ({ agent }: Pick<Deed, "agent">): string => agent.split(" ")[0] ?? ""

const past: Readonly<Record<string, string>> = { create: "created", update: "updated", patch: "patched", delete: "deleted", deletecollection: "deleted with all others" }

/** `patched` for `patch`. */
export const pastOf = (verb: string): string => past[verb] ?? verb
