import { it as prop } from "@effect/vitest"
import * as MergePatch from "@branchline/core/patch/MergePatch"
import { podEni } from "@branchline/core/model/Names"
import { Arbitrary } from "effect"
import { describe, expect, it } from "vitest"
import { at } from "../../../src/trace/facts/Json.js"
import { touched, written } from "../../../src/trace/facts/Patch.js"
import { one } from "../support/Arbitraries.js"

const path = ["metadata", "annotations", podEni]
const pointer = `/metadata/annotations/${podEni.replace("/", "~1")}`

describe("what a patch does to the annotation", () => {
  const Value = one<unknown>(undefined, null, "[]", "[{\"eniId\":\"eni-1\"}]")
  const Members = Arbitrary.map(Arbitrary.all({ value: Value, other: one<unknown>(undefined, null, "x") }), ({ other, value }) => ({
    ...(value === undefined ? {} : { [podEni]: value }),
    ...(other === undefined ? {} : { team: other })
  }))
  const Merge = Arbitrary.map(Arbitrary.all({ members: Members, annotations: one("members", "null", "none"), metadata: one("there", "none") }), ({ annotations, members, metadata }) => ({
    ...(metadata === "none" ? {} : { metadata: annotations === "none" ? { uid: "u" } : { annotations: annotations === "null" ? null : members } }),
    status: { phase: "Running" }
  }))

  prop.prop("is what applying a merge patch does", { patch: Merge, before: one<string | undefined>(undefined, "before") }, ({ before, patch }) => {
    const pod = { metadata: { name: "web-1", annotations: before === undefined ? { team: "a" } : { [podEni]: before, team: "a" } } }
    const after = at(MergePatch.apply(pod as never, patch as never), ...path)
    const told = written(patch, ...path)
    expect(after).toBe(told === undefined ? before : told ?? undefined)
  }, { arbitrary: { runs: 300 } })

  it("is seen in a JSON patch, also where it names what holds it", () => {
    expect(written([{ op: "add", path: pointer, value: "[]" }], ...path)).toBe("[]")
    expect(written([{ op: "remove", path: pointer }], ...path)).toBeNull()
    expect(written([{ op: "replace", path: "/metadata/annotations", value: { [podEni]: "[1]" } }], ...path)).toBe("[1]")
    expect(written([{ op: "replace", path: "/metadata/annotations", value: {} }], ...path)).toBeNull()
    expect(written([{ op: "remove", path: "/metadata/annotations" }], ...path)).toBeNull()
    expect(written([{ op: "move", from: pointer, path: "/metadata/annotations/other" }], ...path)).toBeNull()
    expect(written([{ op: "remove", path: pointer }, { op: "add", path: pointer, value: "[2]" }], ...path)).toBe("[2]")
  })

  it("is nothing where the patch is about something else", () => {
    expect(written([{ op: "test", path: pointer, value: "[]" }, { op: "add", path: "/metadata/labels/a", value: "b" }], ...path)).toBeUndefined()
    expect(written([{ op: "add", path: "/metadata/annotations/team", value: "b" }], ...path)).toBeUndefined()
    expect(written({ status: {} }, ...path)).toBeUndefined()
  })

  it("is a removal where a strategic merge patch replaces or deletes what holds it", () => {
    expect(written({ metadata: { annotations: { $patch: "replace", team: "a" } } }, ...path)).toBeNull()
    expect(written({ metadata: { annotations: { $patch: "delete" } } }, ...path)).toBeNull()
  })

  it("is told in few words where it touches other things", () => {
    expect(touched({ metadata: { uid: "u", labels: { app: "a" } }, spec: { tolerations: [] } })).toBe("labels app; spec tolerations")
    expect(touched([{ op: "add", path: "/metadata/labels/a" }, { op: "add", path: "/metadata/labels/a" }])).toBe("/metadata/labels/a")
  })
})
