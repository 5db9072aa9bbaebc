import { describe, expect, it } from "@effect/vitest"
import { Result } from "effect"
import { parse } from "@branchline/adapter-k8s/kubernetes/WatchEvents"
import { configMaps, securityGroupPolicies } from "@branchline/core/model/Resource"

const metadata = { name: "one", namespace: "default", uid: "1", resourceVersion: "7" }
const line = (type: string, object: unknown) => parse(configMaps, "watch configmaps", JSON.stringify({ type, object }))
const endOf = (text: string) => Result.match(parse(configMaps, "watch configmaps", text), { onFailure: (end) => end, onSuccess: (event) => event })

describe("a line of a watch", () => {
  it.each([["ADDED", "Added"], ["MODIFIED", "Modified"], ["DELETED", "Deleted"]])("%s", (type, tag) => {
    expect(line(type, { metadata, data: { a: "1" } })).toEqual(Result.succeed({ _tag: tag, object: { metadata, data: { a: "1" } } }))
  })

  it("BOOKMARK", () => {
    expect(line("BOOKMARK", { kind: "ConfigMap", metadata: { resourceVersion: "9" } })).toEqual(Result.succeed({ _tag: "Bookmark", resourceVersion: "9" }))
  })

  it("tells an object that contradicts the schema, with its version, and whether it is gone", () => {
    const object = { metadata, spec: { securityGroups: { groupIds: [""] } } }
    const malformed = (type: string) => Result.getOrUndefined(parse(securityGroupPolicies, "watch", JSON.stringify({ type, object })))
    expect(malformed("ADDED")).toMatchObject({
      _tag: "Malformed",
      deleted: false,
      resourceVersion: "7",
      object: { key: { namespace: "default", name: "one" }, problem: expect.stringContaining("groupIds") as string }
    })
    expect(malformed("DELETED")).toMatchObject({ _tag: "Malformed", deleted: true })
  })

  it("ends Expired with a Status of 410", () => {
    expect(line("ERROR", { kind: "Status", code: 410, reason: "Expired", message: "too old resource version: 1 (9)" })).toEqual(Result.fail({ _tag: "Expired" }))
  })

  it.each([
    ["another Status", JSON.stringify({ type: "ERROR", object: { kind: "Status", code: 500, message: "etcdserver: no leader" } }), "etcdserver: no leader"],
    ["a Status without a code", JSON.stringify({ type: "ERROR", object: { kind: "Status", message: "decoding failed" } }), "decoding failed"],
    ["an error that is no Status", JSON.stringify({ type: "ERROR", object: "no" }), "an error that is no Status"],
    ["broken JSON", "{\"type\":\"ADDED\",", "a line of the watch is no JSON"],
    ["a type that does not exist", JSON.stringify({ type: "toString", object: {} }), "the type \"toString\""],
    ["no type", "null", "the type \"\""]
  ])("ends Failed with %s, in words", (_, text, message) => {
    expect(endOf(text)).toMatchObject({ _tag: "Failed", error: { reason: { _tag: "Unavailable" }, message: expect.stringContaining(message) as string } })
  })
})
