import { Data } from "effect"
import { KubernetesError, type KubernetesReason } from "@branchline/core/ports/KubernetesError"
import { type Kind, qualifiedName } from "./Kinds.js"

/** One thing that is wrong with an object. */
export interface Cause {
  readonly field: string
  readonly message: string
}

/** A `metav1.Status` with `status: Failure`: what the server answers instead of the object. */
export class Rejection extends Data.TaggedError("Rejection")<{
  /** HTTP status. */
  readonly code: number
  /** `metav1.StatusReason`. */
  readonly reason: string
  readonly message: string
  readonly causes: ReadonlyArray<Cause>
}> {}

const reject = (code: number, reason: string, message: string, causes: ReadonlyArray<Cause> = []): Rejection =>
  new Rejection({ code, reason, message, causes })

// The wording of all of these is `k8s.io/apimachinery/pkg/api/errors`: people and programs read it.

export const notFound = (kind: Kind, name: string): Rejection =>
  reject(404, "NotFound", `${qualifiedName(kind)} "${name}" not found`)

/** There is no such kind (or no such custom resource installed): kube-apiserver's answer to an unknown path. */
export const noSuchResource = (): Rejection => reject(404, "NotFound", "the server could not find the requested resource")

export const alreadyExists = (kind: Kind, name: string): Rejection =>
  reject(409, "AlreadyExists", `${qualifiedName(kind)} "${name}" already exists`)

/** The name is taken by an object whose finalizers or grace keep it. Source: apiserver, generic registry, Create. */
export const stillDeleting = (kind: Kind, name: string): Rejection =>
  reject(409, "AlreadyExists", `object is being deleted: ${qualifiedName(kind)} "${name}" already exists`)

export const conflict = (resource: string, name: string, why: string): Rejection =>
  reject(409, "Conflict", `Operation cannot be fulfilled on ${resource} "${name}": ${why}`)

export const modified = (kind: Kind, name: string): Rejection =>
  conflict(qualifiedName(kind), name, "the object has been modified; please apply your changes to the latest version and try again")

export const invalid = (kind: Kind, name: string, causes: ReadonlyArray<Cause>): Rejection => {
  const told = causes.map((cause) => `${cause.field}: ${cause.message}`)
  const group = kind.group === "" ? "" : `.${kind.group}`
  return reject(
    422,
    "Invalid",
    `${kind.kind}${group} "${name}" is invalid: ${told.length === 1 ? told.join("") : `[${told.join(", ")}]`}`,
    causes
  )
}

/** A JSON Patch that does not apply, a failed `test` among the reasons: the server does not say why. Source: kube-apiserver 1.36, patch handler. */
export const patchDoesNotApply = (): Rejection => reject(422, "Invalid", "the server rejected our request due to an error in our request")

export const badRequest = (message: string): Rejection => reject(400, "BadRequest", message)

export const forbidden = (kind: Kind, name: string, why: string): Rejection =>
  reject(403, "Forbidden", `${qualifiedName(kind)} "${name}" is forbidden: ${why}`)

export const internal = (why: string): Rejection => reject(500, "InternalError", `Internal error occurred: ${why}`)

/** What a webhook's own status asks for. */
export const denied = (code: number, reason: string, message: string): Rejection => reject(code, reason, message)

/** Of a write that ended in a 5xx other than 503 nobody knows whether it took effect. */
const failureOf = (code: number, isWrite: boolean): KubernetesReason =>
  isWrite && code !== 503 ? { _tag: "UnknownOutcome" } : { _tag: "Unavailable" }

const reasonOf = (rejection: Rejection, isWrite: boolean): KubernetesReason => {
  switch (rejection.code) {
    case 400:
      return { _tag: "BadRequest" }
    case 404:
      return { _tag: "NotFound" }
    case 409:
      return { _tag: rejection.reason === "AlreadyExists" ? "AlreadyExists" : "Conflict" }
    case 410:
      return { _tag: "Expired" }
    case 422:
      return { _tag: "Invalid", causes: rejection.causes }
    case 429:
      return { _tag: "TooManyRequests", retryAfter: undefined }
    default:
      return rejection.code >= 500 ? failureOf(rejection.code, isWrite) : { _tag: "Forbidden" }
  }
}

/** The port's error for what the server answered. */
export const toError = (operation: string, rejection: Rejection, isWrite = false): KubernetesError =>
  new KubernetesError({ operation, reason: reasonOf(rejection, isWrite), message: rejection.message })
