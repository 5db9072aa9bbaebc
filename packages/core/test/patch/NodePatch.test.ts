import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { podEni } from "../../src/model/Names.js"
import * as MergePatch from "../../src/patch/MergePatch.js"
import { nodeCapacity } from "../../src/patch/NodePatch.js"
import audit from "../fixtures/seed/audit-node-status-patch.json" with { type: "json" }
import { frozen } from "./arbitraries.js"

describe("nodeCapacity", () => {
  it("is the real cluster's merge patch, to the letter", () => {
    const patch = nodeCapacity({ status: { capacity: { cpu: "2" } } }, podEni, 9)
    assert.strictEqual(JSON.stringify(patch), JSON.stringify(audit.requestObject))
  })
  it("a node that has that capacity already gets no patch", () => {
    assert.isUndefined(nodeCapacity({ status: { capacity: { [podEni]: "9" } } }, podEni, 9))
  })
  it("capacity 0 is said as \"0\"", () => {
    const zero = { status: { capacity: { [podEni]: "0" } } }
    assert.deepStrictEqual(nodeCapacity({ status: { capacity: { [podEni]: "9" } } }, podEni, 0), zero)
    assert.deepStrictEqual(nodeCapacity({ status: { capacity: {} } }, podEni, 0), zero)
    assert.isUndefined(nodeCapacity(zero, podEni, 0))
  })
  it("a node whose kubelet has not reported yet gets it too", () => {
    for (const node of [{}, { status: null }, { status: {} }, { status: { capacity: null } }]) {
      assert.deepStrictEqual(nodeCapacity(node, podEni, 9), { status: { capacity: { [podEni]: "9" } } })
    }
  })
  it.prop("for every node: it has the capacity, keeps all else, and needs no second patch", {
    capacity: Schema.Record(Schema.Literals([podEni, "cpu"]), Schema.Literals(["0", "9", "54"])),
    count: Schema.Literals([0, 9, 54])
  }, ({ capacity, count }) => {
    const before = frozen({ status: { capacity, conditions: [] }, spec: {} })
    const after = MergePatch.apply(before, nodeCapacity(before, podEni, count) ?? {})
    assert.deepStrictEqual(after, { status: { capacity: { ...capacity, [podEni]: String(count) }, conditions: [] }, spec: {} })
    assert.isUndefined(nodeCapacity({ status: { capacity: { ...capacity, [podEni]: String(count) } } }, podEni, count))
  })
})
