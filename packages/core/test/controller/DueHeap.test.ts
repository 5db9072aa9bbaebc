import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import * as DueHeap from "../../src/controller/DueHeap.js"

const time = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 8 }))

describe("a due heap", () => {
  it("gives nothing while nothing is due", () => {
    const heap = DueHeap.make<string>()
    assert.isUndefined(heap.next())
    assert.isUndefined(heap.popDue(Infinity))
    heap.push(5, "a")
    assert.strictEqual(heap.next(), 5)
    assert.isUndefined(heap.popDue(4))
    assert.strictEqual(heap.popDue(5), "a")
    assert.isUndefined(heap.next())
  })

  it.prop("gives what a sorted list gives, first in first out at the same time", {
    steps: Arbitrary.array(Arbitrary.all({ at: Arbitrary.schema(time), pops: Arbitrary.schema(Schema.Boolean) }), { minLength: 60, maxLength: 60 })
  }, ({ steps }) => {
    const heap = DueHeap.make<number>()
    let list: Array<{ readonly at: number; readonly item: number }> = []
    for (const [item, { at, pops }] of steps.entries()) {
      if (pops) {
        const first = list[0]
        const due = first !== undefined && first.at <= at ? first : undefined
        assert.strictEqual(heap.popDue(at), due?.item)
        if (due !== undefined) list = list.slice(1)
      } else {
        heap.push(at, item)
        // A sort of JavaScript's is stable.
        list = [...list, { at, item }].sort((a, b) => a.at - b.at)
      }
      assert.strictEqual(heap.next(), list[0]?.at)
    }
  }, { arbitrary: { runs: 300 } })
})
