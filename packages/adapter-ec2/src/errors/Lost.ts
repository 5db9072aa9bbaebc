import type { Ec2Reason } from "@branchline/core/ports/Ec2Error"

/** What happened to a call that got no answer of EC2's. */
export interface Lost {
  readonly code: string
  readonly reason: Ec2Reason
  readonly message: string
  readonly mend: string | undefined
}

/** Failures of getting there: with these nothing was sent. Any other leaves open whether EC2 did it. */
const neverSent: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
  "ERR_INVALID_URL",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "CERT_HAS_EXPIRED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"
])

/** Names of the SDK's errors about credentials. Source: @smithy/core, property-provider. */
const withoutCredentials: ReadonlySet<string> = new Set(["CredentialsProviderError", "ProviderError", "TokenProviderError"])

/** A file that was to have them cannot be read; the message names it. */
const withoutFile: ReadonlySet<string> = new Set(["ENOENT", "EACCES", "EISDIR"])

const textOf = (error: unknown, key: string): string => {
  const value: unknown = typeof error === "object" && error !== null ? Reflect.get(error, key) : undefined
  return typeof value === "string" ? value : ""
}

/** An `AggregateError` of several addresses says why in its parts. */
const reasonCode = (error: unknown): string => {
  const own = textOf(error, "code")
  if (own !== "") return own
  const parts: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "errors") : undefined
  return Array.isArray(parts) ? parts.map(reasonCode).find((code) => code !== "") ?? "" : ""
}

const mendOf = (code: string): string | undefined => {
  switch (code) {
    case "ENOTFOUND":
      return "check the Region's name and the endpoint: no such host"
    case "EAI_AGAIN":
      return "check this machine's DNS"
    case "ECONNREFUSED":
      return "check the endpoint: nothing listens there"
    default:
      return code.includes("CERT") || code.includes("SIGNED") || code.includes("VERIFY") ? "check the endpoint's certificate and the trusted authorities (AWS_CA_BUNDLE, NODE_EXTRA_CA_CERTS)" : undefined
  }
}

/** What the SDK threw that is no answer of EC2's. */
export const lost = (error: unknown, isWrite: boolean): Lost => {
  const name = textOf(error, "name")
  const words = textOf(error, "message")
  if (withoutCredentials.has(name)) {
    return {
      code: "NoCredentials",
      reason: { _tag: "Unauthenticated" },
      message: words.split("\n")[0] ?? words,
      mend: "give the controller credentials: an IAM role for its service account, pod identity, AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    }
  }
  const code = reasonCode(error)
  if (withoutFile.has(code)) {
    return { code: "NoCredentials", reason: { _tag: "Unauthenticated" }, message: words, mend: "name a file that can be read: AWS_WEB_IDENTITY_TOKEN_FILE, AWS_CONFIG_FILE" }
  }
  const isConnecting = name === "TimeoutError" && /establish(?:ing)? a connection/i.test(words)
  if (neverSent.has(code) || isConnecting) {
    const reason = code === "" ? "ConnectTimeout" : code
    return { code: reason, reason: { _tag: "Unavailable" }, message: `nobody answers (${words || reason})`, mend: mendOf(reason) }
  }
  return {
    code: code || name || "Lost",
    reason: { _tag: isWrite ? "UnknownOutcome" : "Unavailable" },
    message: `the answer was lost (${words || code})`,
    mend: undefined
  }
}
