import { describe, expect, it } from "@effect/vitest"
import { HttpTrouble } from "@branchline/adapter-k8s/http/Exchange"
import * as Trouble from "@branchline/adapter-k8s/kubernetes/Trouble"

const server = "https://127.0.0.1:6443 (context test of /etc/kubeconfig)"
const coded = (code: string, message = code) => Object.assign(new Error(message), { code })

const told = (isWrite: boolean, sent: boolean, cause: Error) =>
  Trouble.toError({ operation: "create pods default/a", isWrite }, server, new HttpTrouble({ sent, cause }))

describe("a request without an answer", () => {
  it.each([
    [false, false, "Unavailable"],
    [false, true, "Unavailable"],
    [true, false, "Unavailable"],
    [true, true, "UnknownOutcome"]
  ])("write %s, sent %s: %s", (isWrite, sent, tag) => {
    const error = told(isWrite, sent, coded("ECONNRESET", "read ECONNRESET"))
    expect(error.reason._tag).toBe(tag)
    expect(error.isRetryable).toBe(true)
    expect(error.message).toBe(`${sent ? "no answer from" : "cannot reach"} ${server}: read ECONNRESET`)
  })

  it.each([
    "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
    "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA",
    "ERR_SSL_TLSV1_ALERT_ACCESS_DENIED",
    "ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE",
    "ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED",
    "ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE"
  ])("did nothing where the client's certificate was refused, which TLS 1.3 tells after the client has begun to send: %s", (code) => {
    const error = told(true, true, coded(code))
    expect([error.reason._tag, error.message]).toEqual(["Unavailable", expect.stringMatching(/^cannot reach/)])
  })

  it.each([
    "ERR_SSL_WRONG_VERSION_NUMBER",
    "ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC",
    "ERR_SSL_SSLV3_ALERT_BAD_RECORD_MAC",
    "ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR"
  ])("may have done something where a connection broke that stood already: %s", (code) => {
    expect(told(true, true, coded(code)).reason._tag).toBe("UnknownOutcome")
    expect(told(true, false, coded(code)).reason._tag).toBe("Unavailable")
  })

  it.each([
    ["ECONNREFUSED", "nothing listens there"],
    ["ENOTFOUND", "its name cannot be resolved"],
    ["UND_ERR_CONNECT_TIMEOUT", "it does not answer"],
    ["CERT_HAS_EXPIRED", "the server's certificate has expired: renew it"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "not by the certificate-authority of the kubeconfig"],
    ["SELF_SIGNED_CERT_IN_CHAIN", "not by the certificate-authority of the kubeconfig"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "set its tls-server-name"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "it speaks no TLS at that port"]
  ])("%s: the message names server, mend and cause", (code, mend) => {
    const { message } = told(false, false, coded(code, "the cause's words"))
    expect(message).toContain(`cannot reach ${server}: `)
    expect(message).toContain(mend)
    expect(message).toContain("(the cause's words)")
  })

  it("looks into the several addresses of a name, and into causes", () => {
    const both = new AggregateError([coded("ECONNREFUSED", "connect ECONNREFUSED ::1:6443"), coded("ECONNREFUSED", "connect ECONNREFUSED 127.0.0.1:6443")], "")
    expect(told(true, false, both).message).toContain("nothing listens there")
    expect(told(true, false, both).message).toContain("(connect ECONNREFUSED ::1:6443; connect ECONNREFUSED 127.0.0.1:6443)")
    expect(told(true, false, new Error("fetch failed", { cause: coded("ENOTFOUND") })).message).toContain("cannot be resolved")
  })
})
