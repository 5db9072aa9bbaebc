import { describe, expect, it } from "vitest"
import { lost } from "../../src/errors/Lost.js"

// What real sockets do is in test/http; here is what no machine can be told to do.

const nodes = (message: string, more: object) => Object.assign(new Error(message), more)

describe("an error of Node's", () => {
  it.each<readonly [what: string, thrown: unknown, reason: string, code: string]>([
    ["a connection that the kernel gave up", nodes("connect ETIMEDOUT 10.0.0.1:443", { name: "TimeoutError", code: "ETIMEDOUT", syscall: "connect" }), "Unavailable", "ETIMEDOUT"],
    ["a connection that was reset before it was one", nodes("connect ECONNRESET", { name: "TimeoutError", code: "ECONNRESET", syscall: "connect" }), "Unavailable", "ECONNRESET"],
    [
      "several addresses in vain",
      Object.assign(new AggregateError([nodes("connect ETIMEDOUT 10.0.0.1:443", { code: "ETIMEDOUT", syscall: "connect" }), nodes("connect ENETUNREACH ::1:443", { code: "ENETUNREACH", syscall: "connect" })]), { code: "ETIMEDOUT" }),
      "Unavailable",
      "ETIMEDOUT"
    ],
    ["no descriptor left", nodes("connect EMFILE", { code: "EMFILE", syscall: "connect" }), "Unavailable", "EMFILE"],
    ["no such name", nodes("getaddrinfo ENOTFOUND x", { code: "ENOTFOUND", syscall: "getaddrinfo" }), "Unavailable", "ENOTFOUND"],
    ["a read that was reset", nodes("read ECONNRESET", { name: "TimeoutError", code: "ECONNRESET", syscall: "read" }), "UnknownOutcome", "ECONNRESET"],
    ["a write to nobody", nodes("write EPIPE", { name: "TimeoutError", code: "EPIPE", syscall: "write" }), "UnknownOutcome", "EPIPE"],
    ["an answer that took too long", nodes("a request has exceeded the configured 15000 ms requestTimeout.", { name: "TimeoutError", code: "ETIMEDOUT" }), "UnknownOutcome", "ETIMEDOUT"],
    ["something thrown that is no error", "what?", "UnknownOutcome", "Lost"]
  ])("%s", (_, thrown, reason, code) => {
    expect(lost(thrown, true)).toMatchObject({ code, reason: { _tag: reason } })
    expect(lost(thrown, false).reason._tag).toBe("Unavailable")
  })

  it("says in one line what it was", () => {
    expect(lost(nodes("char '}' is not expected.\n  Deserialization error: to see the raw response, …", { name: "Error" }), true).message).toBe("the answer was lost (char '}' is not expected.)")
    expect(lost(Object.assign(new AggregateError([nodes("connect ECONNREFUSED 127.0.0.1:1", { code: "ECONNREFUSED", syscall: "connect" })]), { code: "ECONNREFUSED" }), true).message)
      .toBe("nobody answers (connect ECONNREFUSED 127.0.0.1:1)")
  })
})
