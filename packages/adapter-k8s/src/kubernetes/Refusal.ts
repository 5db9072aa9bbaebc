import { KubernetesError, type KubernetesReason } from "@branchline/core/ports/KubernetesError"
import { Equal } from "effect"
import * as Status from "./Status.js"

/** What was asked: a write may have taken effect although its answer was lost. */
export interface Asked {
  /** `patch pods default/aws-cli` */
  readonly operation: string
  readonly isWrite: boolean
}

/** What a server answered instead of what was asked for. */
export interface Refused {
  readonly code: number
  readonly retryAfter?: string | undefined
  readonly body: string
}

/** Source: RFC 9110 §10.2.3; kube-apiserver writes whole seconds, and its own number goes first. */
const retryAfterOf = (header: string | undefined, status: Status.Status | undefined): number | undefined => {
  const seconds = status?.details?.retryAfterSeconds || (header !== undefined && /^\d+$/.test(header.trim()) ? Number(header) : undefined)
  return seconds === undefined || seconds <= 0 ? undefined : seconds * 1000
}

/** kube-apiserver looks at the metadata of an object twice, and tells twice what is wrong with it; its message does not. */
const causesOf = (status: Status.Status | undefined) => {
  const causes = (status?.details?.causes ?? []).map(({ field, message }) => ({ field: field ?? "", message: message ?? "" }))
  return causes.filter((cause, index) => causes.findIndex((other) => Equal.equals(other, cause)) === index)
}

/**
 * 503 in the API server's own words comes from before the effect: it starts, stops, or has too much to do. In the words of something before it
 * (Envoy's `connection termination`) it may have lost the server in the middle. So may other codes above 499 have come after the effect: 500
 * (`etcdserver: request timed out`), 502 and 504 of a proxy, 504 of the API server, whose handler goes on.
 *
 * Source: apiserver, `pkg/endpoints/handlers/finisher`, `pkg/server/filters/timeout`; etcd, "API guarantees": a timeout is unknown.
 */
const failureOf = (code: number, isWrite: boolean, status: Status.Status | undefined): KubernetesReason =>
  isWrite && !(code === 503 && status !== undefined) ? { _tag: "UnknownOutcome" } : { _tag: "Unavailable" }

const reasonOf = (code: number, isWrite: boolean, retryAfter: string | undefined, status: Status.Status | undefined): KubernetesReason => {
  switch (code) {
    case 401:
    case 403:
      return { _tag: "Forbidden" }
    case 404:
      return { _tag: "NotFound" }
    case 409:
      return { _tag: status?.reason === "AlreadyExists" ? "AlreadyExists" : "Conflict" }
    case 410:
      return { _tag: "Expired" }
    case 422:
      return { _tag: "Invalid", causes: causesOf(status) }
    case 429:
      return { _tag: "TooManyRequests", retryAfter: retryAfterOf(retryAfter, status) }
    default:
      return code >= 500 ? failureOf(code, isWrite, status) : { _tag: "BadRequest" }
  }
}

const shown = 200

/** What a page says without its markup, at most a few lines of it. */
const plain = (body: string): string => {
  const text = body.replace(/<(style|script)[\s\S]*?<\/\1>/gi, " ").replace(/<[^>]*>/g, " ").replace(/\s+/g, " ").trim()
  return text.length > shown ? `${text.slice(0, shown)}…` : text
}

const wordsOf = (code: number, body: string, status: Status.Status | undefined): string => {
  const told = status?.message || plain(body)
  // The API server's 401 says no more than "Unauthorized".
  if (code === 401) return `the API server does not accept our credentials: ${told || "Unauthorized"}. Renew what the kubeconfig holds or gets`
  if (status?.message) return status.message
  // kube-apiserver answers a path that it does not know with a page.
  if (code === 404 && status === undefined) return "the server could not find the requested resource: is its CustomResourceDefinition installed?"
  return `HTTP ${code}: ${told || "without a word"}`
}

/** The port's error for what the server answered. */
export const toError = ({ isWrite, operation }: Asked, { body, code, retryAfter }: Refused): KubernetesError => {
  const status = Status.ofBody(body)
  return new KubernetesError({
    operation,
    reason: reasonOf(code, isWrite, retryAfter, status),
    message: wordsOf(code, body, status)
  })
}

/** The port's error for a Status in the middle of a watch. */
export const ofStatus = (operation: string, status: Status.Status): KubernetesError => {
  const code = status.code ?? 500
  return new KubernetesError({
    operation,
    reason: reasonOf(code, false, undefined, status),
    message: wordsOf(code, "", status)
  })
}
