import type { Ec2Reason } from "@branchline/core/ports/Ec2Error"

/** What happened to a call that got no answer of EC2's. */
export interface Lost {
  readonly code: string
  readonly reason: Ec2Reason
  readonly message: string
  readonly mend: string | undefined
}

/** Steps before anything is sent. Source: Node.js, "Errors", `error.syscall`. */
const before: ReadonlySet<string> = new Set(["connect", "getaddrinfo", "bind"])

/** Codes of those steps, for errors that do not tell the step. */
const neverSent: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
  "EMFILE",
  "ERR_INVALID_URL",
  // The other side does not speak TLS, or another kind of it.
  "EPROTO"
])

/** TLS that does not come about. Source: Node.js, "TLS", X509 certificate error codes; OpenSSL's own begin with `ERR_SSL_`. */
const tls = /^ERR_(?:SSL|TLS)_|CERT|^UNABLE_TO_|^(?:CRL|HOSTNAME|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH)_/
const untrusted = /CERT|^UNABLE_TO_|ALTNAME|^HOSTNAME|^INVALID_CA/
const beforeTls = /before secure TLS connection was established/

/** Source: @smithy/node-http-handler, setConnectionTimeout. */
const connecting = /did not establish a connection/

/** Names of the SDK's errors about credentials. Source: @smithy/core, property-provider. */
const withoutCredentials: ReadonlySet<string> = new Set(["CredentialsProviderError", "ProviderError", "TokenProviderError"])

/** A file that was to have them cannot be read; the message names it. */
const withoutFile: ReadonlySet<string> = new Set(["ENOENT", "EACCES", "EISDIR"])

const textOf = (error: unknown, key: string): string => {
  const value: unknown = typeof error === "object" && error !== null ? Reflect.get(error, key) : undefined
  return typeof value === "string" ? value : ""
}

/** The error, or where several addresses were tried in vain, one of its parts, which say more. */
const partOf = (error: unknown): unknown => {
  const parts: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "errors") : undefined
  return Array.isArray(parts) && parts.length > 0 ? parts[0] : error
}

const connectMends: Readonly<Record<string, string>> = {
  ENOTFOUND: "check the Region's name and the endpoint: no such host",
  EAI_AGAIN: "check this machine's DNS",
  ECONNREFUSED: "check the endpoint: nothing listens there",
  ERR_INVALID_URL: "check the endpoint: it has to be a URL such as https://ec2.eu-west-1.amazonaws.com",
  EPROTO: "check the endpoint: it does not speak TLS; http:// in front of it?",
  ConnectTimeout: "check the endpoint, and that the network lets this machine reach it"
}

const mendOf = (code: string): string | undefined =>
  untrusted.test(code) ? "check the endpoint's certificate and the trusted authorities (NODE_EXTRA_CA_CERTS)" : Object.hasOwn(connectMends, code) ? connectMends[code] : undefined

/** Nobody said who asks, or who was said cannot be found. */
const unknownWho = (words: string, mend: string): Lost => ({ code: "NoCredentials", reason: { _tag: "Unauthenticated" }, message: words, mend })

/** The SDK adds hints for its own users. */
const firstLine = (words: string): string => words.split("\n")[0] ?? words

/** What the SDK threw that is no answer of EC2's: it was surely not done, or may have been. */
export const lost = (thrown: unknown, isWrite: boolean): Lost => {
  const name = textOf(thrown, "name")
  const words = firstLine(textOf(thrown, "message"))
  if (withoutCredentials.has(name)) {
    return unknownWho(words, "give the controller credentials: an IAM role for its service account, pod identity, AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
  }
  const part = partOf(thrown)
  const code = textOf(part, "code") || textOf(thrown, "code")
  if (withoutFile.has(code)) return unknownWho(words, "name a file that can be read: AWS_WEB_IDENTITY_TOKEN_FILE, AWS_CONFIG_FILE")
  const said = words || firstLine(textOf(part, "message")) || code
  if (name === "TimeoutError" && connecting.test(words)) {
    return { code: "ConnectTimeout", reason: { _tag: "Unavailable" }, message: `nobody answers (${said})`, mend: mendOf("ConnectTimeout") }
  }
  if (before.has(textOf(part, "syscall")) || neverSent.has(code) || tls.test(code) || beforeTls.test(words)) {
    return { code, reason: { _tag: "Unavailable" }, message: `nobody answers (${said})`, mend: mendOf(code) }
  }
  return {
    code: code || name || "Lost",
    reason: { _tag: isWrite ? "UnknownOutcome" : "Unavailable" },
    message: `the answer was lost (${said})`,
    mend: undefined
  }
}
