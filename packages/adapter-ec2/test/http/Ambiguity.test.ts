import { describe, expect, it } from "@effect/vitest"
import type { EniId } from "@branchline/core/model/Ids"
import type { Ec2Reason } from "@branchline/core/ports/Ec2Error"
import { Effect } from "effect"
import { generate } from "selfsigned"
import * as AwsEc2 from "../../src/AwsEc2.js"
import { withCredentials } from "../support/Credentials.js"
import { answer, answering, type Behaviour, errorDocument, isWhole, serve } from "../support/RawServer.js"

withCredentials()

const eniId = "eni-0aaaaaaaaaaaaaaaa" as EniId
const wanted = { subnetId: "subnet-0aaaaaaaaaaaaaaaa", groups: [], description: "", tags: {}, clientToken: "t" }

const portAt = (endpoint: string) =>
  Effect.map(AwsEc2.make({ region: "eu-west-1", endpoint, account: "111122223333", requestTimeout: 400, connectTimeout: 400 }), ({ port }) => port)

/** What a call that changes something and one that looks come to. */
const outcomes = Effect.fnUntraced(function*(endpoint: string) {
  const port = yield* portAt(endpoint)
  const write = yield* Effect.flip(port.createBranch(wanted))
  const look = yield* Effect.flip(port.describeInterfaces({ eniIds: [eniId] }))
  return { write, look, tags: [write.reason._tag, look.reason._tag] as const }
})

const whenWhole = (act: (socket: Parameters<Behaviour>[0]) => void): Behaviour => (socket, received) => {
  if (isWhole(received)) act(socket)
}

describe("what was sent and came to no readable answer: unknown outcome; a describe is unavailable", () => {
  it.live.each<readonly [what: string, behave: Behaviour]>([
    ["cut when the request begins to come", (socket) => socket.destroy()],
    ["cut when the request has come", whenWhole((socket) => socket.destroy())],
    ["ended when the request has come", whenWhole((socket) => socket.end())],
    ["reset when the request has come", whenWhole((socket) => socket.resetAndDestroy())],
    ["cut in the answer's head", whenWhole((socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-le"))],
    ["cut in the answer's body", whenWhole((socket) => socket.end(answer(200, "<CreateNetworkInterfaceResponse>").slice(0, -5)))],
    ["silent", () => undefined],
    ["silent after the answer's head", whenWhole((socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n"))],
    ["silent in the answer's body", whenWhole((socket) => socket.write(answer(200, "<CreateNetworkInterfaceResponse>").slice(0, -5)))],
    ["no HTTP", whenWhole((socket) => socket.end("220 mail.example.org ESMTP\r\n"))],
    ["broken XML", answering(() => answer(200, "<CreateNetworkInterfaceResponse><networkInterface><networkInterfaceId>eni-0"))],
    ["a web page", answering(() => answer(200, "<html><body>Sign in to the network</body></html>"))],
    ["an empty answer", answering(() => answer(200, ""))],
    ["another answer", answering(() => answer(200, "<DescribeVpcsResponse><requestId>r</requestId></DescribeVpcsResponse>"))],
    ["500 InternalError", answering(() => answer(500, errorDocument("InternalError")))],
    ["500 without a word", answering(() => answer(500, ""))],
    ["502 of a proxy", answering(() => answer(502, "<html><body><h1>502 Bad Gateway</h1><br></body></html>"))],
    ["403 of a proxy", answering(() => answer(403, "<html><body>Forbidden</body></html>"))]
  ])("%s", ([, behave]) =>
    Effect.gen(function*() {
      const { url } = yield* serve(behave)
      const { look, tags, write } = yield* outcomes(url)
      expect(tags).toEqual(["UnknownOutcome", "Unavailable"])
      expect([write.action, look.action]).toEqual(["CreateNetworkInterface", "DescribeNetworkInterfaces"])
      expect([write.code, look.code]).not.toContain("")
      expect(write.message).not.toContain("\n")
    }))
})

describe("what surely was not done: unavailable, for both", () => {
  const authority = Effect.promise(() => generate([{ name: "commonName", value: "somebody" }], { keyType: "ec", algorithm: "sha256" }))

  it.live("nothing listens", () =>
    Effect.gen(function*() {
      const { tags, write } = yield* outcomes("http://127.0.0.1:1")
      expect(tags).toEqual(["Unavailable", "Unavailable"])
      expect(write).toMatchObject({ code: "ECONNREFUSED", mend: "check the endpoint: nothing listens there" })
    }))

  it.live("no such host", () =>
    Effect.gen(function*() {
      const { tags, write } = yield* outcomes("http://ec2.eu-nowhere-1.invalid")
      expect(tags).toEqual(["Unavailable", "Unavailable"])
      expect(write.mend).toMatch(/no such host|DNS/)
    }))

  it.live("no URL", () =>
    Effect.gen(function*() {
      const { tags, write } = yield* outcomes("somewhere")
      expect(tags).toEqual(["Unavailable", "Unavailable"])
      expect(write.mend).toContain("URL")
    }))

  it.live("503, with and without words", () =>
    Effect.gen(function*() {
      for (const body of [errorDocument("Unavailable"), errorDocument("ServiceUnavailable"), "", "<html></html>"]) {
        const { url } = yield* serve(answering(() => answer(503, body)))
        expect((yield* outcomes(url)).tags).toEqual(["Unavailable", "Unavailable"])
      }
    }))

  it.live("TLS where nobody speaks it", () =>
    Effect.gen(function*() {
      const { port } = yield* serve((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"))
      expect((yield* outcomes(`https://127.0.0.1:${port}`)).tags).toEqual(["Unavailable", "Unavailable"])
    }))

  it.live("TLS that is cut in its handshake", () =>
    Effect.gen(function*() {
      const { port } = yield* serve((socket) => socket.destroy())
      expect((yield* outcomes(`https://127.0.0.1:${port}`)).tags).toEqual(["Unavailable", "Unavailable"])
    }))

  it.live("a certificate that nobody trusts", () =>
    Effect.gen(function*() {
      const { cert, private: key } = yield* authority
      const { requests, url } = yield* serve(answering(() => answer(200, "")), { cert, key })
      const { tags, write } = yield* outcomes(url)
      expect(tags).toEqual(["Unavailable", "Unavailable"])
      expect(write.mend).toContain("NODE_EXTRA_CA_CERTS")
      expect(requests()).toEqual([])
    }))
})

describe("EC2's own words", () => {
  const refusedWith = (status: number, body: string, headers?: Readonly<Record<string, string>>) =>
    Effect.gen(function*() {
      const { url } = yield* serve(answering(() => answer(status, body, headers)))
      return yield* Effect.flip((yield* portAt(url)).deleteInterface(eniId))
    })

  it.live.each<readonly [code: string, status: number, reason: Ec2Reason["_tag"]]>([
    ["RequestLimitExceeded", 503, "Throttled"],
    ["Client.RequestLimitExceeded", 503, "Throttled"],
    ["Nobody.Knows", 400, "Rejected"],
    ["Nobody.Knows", 500, "UnknownOutcome"]
  ])("%s with HTTP %d: code, message and request id are kept", ([code, status, reason]) =>
    Effect.gen(function*() {
      expect(yield* refusedWith(status, errorDocument(code, "the words"), { "x-amzn-requestid": "in-the-header" })).toMatchObject({
        action: "DeleteNetworkInterface",
        code: code.replace("Client.", ""),
        message: "the words",
        requestId: "in-the-header",
        reason: { _tag: reason }
      })
    }))

  it.live("a huge answer is read", () =>
    Effect.gen(function*() {
      const item = (index: number) => `<item><networkInterfaceId>eni-${String(index).padStart(17, "0")}</networkInterfaceId><status>available</status><description>${"x".repeat(4_000)}</description></item>`
      const body = `<DescribeNetworkInterfacesResponse><networkInterfaceSet>${Array.from({ length: 5_000 }, (_, index) => item(index)).join("")}</networkInterfaceSet></DescribeNetworkInterfacesResponse>`
      const { url } = yield* serve(answering(() => answer(200, body)))
      const { port } = yield* AwsEc2.make({ region: "eu-west-1", endpoint: url, account: "111122223333" })
      expect(yield* port.describeInterfaces({})).toHaveLength(5_000)
    }))
})
