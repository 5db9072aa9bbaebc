import { KubernetesError } from "@branchline/core/ports/KubernetesError"
import type { HttpTrouble } from "../http/Exchange.js"
import type { Asked } from "./Refusal.js"

/** What to do about a handshake that failed, by OpenSSL's and Node's codes. Source: Node.js, "TLS: X509 certificate error codes". */
const certificateMends: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "the server's certificate has expired: renew it, or set this machine's clock",
  CERT_NOT_YET_VALID: "the server's certificate is not valid yet: set this machine's clock",
  CERT_SIGNATURE_FAILURE: "the server's certificate is not by the certificate-authority of the kubeconfig: get the cluster's present one",
  DEPTH_ZERO_SELF_SIGNED_CERT: "nobody vouches for the server's certificate: put it into the kubeconfig as certificate-authority",
  ERR_TLS_CERT_ALTNAME_INVALID: "the server's certificate is for another name: correct the kubeconfig's server, or set its tls-server-name",
  SELF_SIGNED_CERT_IN_CHAIN: "the server's certificate is not by the certificate-authority of the kubeconfig: get the cluster's present one",
  UNABLE_TO_GET_ISSUER_CERT: "the server's certificate is not by the certificate-authority of the kubeconfig: get the cluster's present one",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "the server's certificate is not by the certificate-authority of the kubeconfig: get the cluster's present one",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the server's certificate is not by the certificate-authority of the kubeconfig: get the cluster's present one"
}

const connectionMends: Readonly<Record<string, string>> = {
  EAI_AGAIN: "its name cannot be resolved at the moment",
  ECONNREFUSED: "nothing listens there: correct the kubeconfig's server, or start it",
  EHOSTUNREACH: "no way leads there from here",
  ENETUNREACH: "no way leads there from here",
  ENOTFOUND: "its name cannot be resolved: correct the kubeconfig's server",
  ERR_SSL_WRONG_VERSION_NUMBER: "it speaks no TLS at that port: correct the kubeconfig's server",
  UND_ERR_CONNECT_TIMEOUT: "it does not answer: correct the kubeconfig's server, or open the way to it"
}

const codesOf = (error: unknown): ReadonlyArray<string> => {
  if (!(error instanceof Error)) return []
  const own = "code" in error && typeof error.code === "string" ? [error.code] : []
  const inner = error instanceof AggregateError ? error.errors.flatMap(codesOf) : []
  return [...own, ...inner, ...codesOf(error.cause)]
}

/**
 * The server does not take the client's certificate. In TLS 1.3 the client hears of it after it has begun to send (RFC 8446 §4.4.2.4); nothing was
 * done all the same. Other trouble of TLS may befall a connection that has stood for hours, and what was sent on it.
 */
const isCertificateRefused = (code: string): boolean =>
  /^ERR_SSL_.*_ALERT_(ACCESS_DENIED|BAD_CERTIFICATE|CERTIFICATE_\w+|DECRYPT_ERROR|HANDSHAKE_FAILURE|UNKNOWN_CA|UNSUPPORTED_CERTIFICATE)$/.test(code)

/** The message of an error; the several addresses of a name that were tried have none of their own. */
const wordsOf = (error: Error): string => {
  if (error.message !== "") return error.message
  return error instanceof AggregateError ? error.errors.map((each) => each instanceof Error ? each.message : String(each)).join("; ") : error.name
}

/** The port's error for a request that got no whole answer; `server` is where it went. */
export const toError = ({ isWrite, operation }: Asked, server: string, { cause, sent }: HttpTrouble): KubernetesError => {
  const codes = codesOf(cause)
  const mend = codes.map((code) => certificateMends[code] ?? connectionMends[code]).find((words) => words !== undefined)
  const isSurelyNothingDone = !sent || codes.some(isCertificateRefused)
  const words = wordsOf(cause)
  return new KubernetesError({
    operation,
    reason: isWrite && !isSurelyNothingDone ? { _tag: "UnknownOutcome" } : { _tag: "Unavailable" },
    message: `${isSurelyNothingDone ? "cannot reach" : "no answer from"} ${server}: ${mend === undefined ? words : `${mend} (${words})`}`
  })
}
