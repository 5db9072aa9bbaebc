import { describe, expect, it } from "@effect/vitest"
import * as Refusal from "@branchline/adapter-k8s/kubernetes/Refusal"

const status = (code: number, reason: string, more: object = {}): string =>
  JSON.stringify({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message: `words of ${code}`, reason, code, ...more })

const read = { operation: "get pods default/a", isWrite: false }
const write = { operation: "patch pods default/a", isWrite: true }

const refused = (asked: Refusal.Asked, code: number, body: string, retryAfter?: string) => Refusal.toError(asked, { code, body, retryAfter })

describe("a refusal", () => {
  it.each([
    [400, "BadRequest", "BadRequest"],
    [403, "Forbidden", "Forbidden"],
    [404, "NotFound", "NotFound"],
    [405, "MethodNotAllowed", "BadRequest"],
    [406, "NotAcceptable", "BadRequest"],
    [409, "AlreadyExists", "AlreadyExists"],
    [409, "Conflict", "Conflict"],
    [410, "Expired", "Expired"],
    [410, "Gone", "Expired"],
    [413, "RequestEntityTooLarge", "BadRequest"],
    [415, "UnsupportedMediaType", "BadRequest"],
    [422, "Invalid", "Invalid"],
    [429, "TooManyRequests", "TooManyRequests"],
    [503, "ServiceUnavailable", "Unavailable"]
  ])("%d %s is %s for reads and writes, in the server's words", (code, reason, tag) => {
    for (const asked of [read, write]) {
      const error = refused(asked, code, status(code, reason))
      expect([error.reason._tag, error.message, error.operation]).toEqual([tag, `words of ${code}`, asked.operation])
    }
  })

  it.each([[500, "InternalError"], [500, "ServerTimeout"], [502, ""], [504, "Timeout"], [507, ""]])(
    "%d %s: a read is tried again, of a write nobody knows",
    (code, reason) => {
      expect(refused(read, code, status(code, reason)).reason._tag).toBe("Unavailable")
      expect(refused(write, code, status(code, reason)).reason._tag).toBe("UnknownOutcome")
    }
  )

  it.each([
    ["a load balancer that lost its server in the middle", "upstream connect error or disconnect/reset before headers. reset reason: connection termination"],
    ["nobody", ""]
  ])("503 in the words of %s: of a write nobody knows", (_, body) => {
    expect(refused(read, 503, body).reason._tag).toBe("Unavailable")
    expect(refused(write, 503, body).reason._tag).toBe("UnknownOutcome")
  })

  it("names the missing permission, as the server does", () => {
    const message = "pods \"a\" is forbidden: User \"system:serviceaccount:kube-system:x\" cannot patch resource \"pods\" in API group \"\" in the namespace \"default\""
    const error = refused(write, 403, status(403, "Forbidden", { message }))
    expect(error.message).toBe(message)
    expect(error.isRetryable).toBe(false)
  })

  it("tells each cause of an invalid object once", () => {
    const uid = { reason: "FieldValueInvalid", message: "Invalid value: \"x\": field is immutable", field: "metadata.uid" }
    const other = { reason: "FieldValueInvalid", message: "Invalid value: \"y\": field is immutable", field: "metadata.uid" }
    const error = refused(write, 422, status(422, "Invalid", { details: { causes: [uid, uid, other, { reason: "x" }] } }))
    expect(error.reason).toEqual({
      _tag: "Invalid",
      causes: [
        { field: "metadata.uid", message: uid.message },
        { field: "metadata.uid", message: other.message },
        { field: "", message: "" }
      ]
    })
  })

  it.each([
    ["the header", "7", {}, 7000],
    ["the body, before the header", "7", { details: { retryAfterSeconds: 3 } }, 3000],
    ["the header where the body says 0", "7", { details: { retryAfterSeconds: 0 } }, 7000],
    ["nobody", undefined, {}, undefined],
    ["a date, which kube-apiserver never sends", "Wed, 21 Oct 2026 07:28:00 GMT", {}, undefined],
    ["0", "0", {}, undefined]
  ])("429 waits as long as %s says", (_, header, more, retryAfter) => {
    expect(refused(read, 429, status(429, "TooManyRequests", more), header).reason).toEqual({ _tag: "TooManyRequests", retryAfter })
  })

  it.each([
    ["HTML", 502, "<html><head><style>b{}</style><title>502 Bad Gateway</title></head><body><b>nginx</b>\n</body></html>", "HTTP 502: 502 Bad Gateway nginx"],
    ["nothing", 503, "", "HTTP 503: without a word"],
    ["JSON that is no Status", 400, "{\"error\":\"no\"}", "HTTP 400: {\"error\":\"no\"}"],
    ["JSON that is no object", 400, "null", "HTTP 400: null"],
    ["a Status whose fields have other types", 400, "{\"kind\":\"Status\",\"message\":5}", "HTTP 400: {\"kind\":\"Status\",\"message\":5}"],
    ["a page without end", 500, "x".repeat(100_000), `HTTP 500: ${"x".repeat(200)}…`],
    ["Go's own 404", 404, "404 page not found\n", "the server could not find the requested resource: is its CustomResourceDefinition installed?"]
  ])("is told in words where the body is %s", (_, code, body, message) => {
    expect(refused(read, code, body).message).toBe(message)
  })

  it("says what to do about a 401", () => {
    const error = refused(read, 401, status(401, "Unauthorized", { message: "Unauthorized" }))
    expect(error.reason._tag).toBe("Forbidden")
    expect(error.message).toBe("the API server does not accept our credentials: Unauthorized. Renew what the kubeconfig holds or gets")
  })
})
