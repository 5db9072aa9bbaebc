import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import * as PodStore from "../../src/controller/PodStore.js"
import type { Pod } from "../../src/model/Pod.js"
import { pod } from "./Fixtures.js"

const unbound = (name: string): Pod => {
  const { nodeName: _node, ...spec } = pod(name).spec
  return { ...pod(name), spec }
}
const names = (pods: Iterable<Pod>) => [...pods].map(({ metadata }) => metadata.name).toSorted()

describe("a pod store", () => {
  it("finds a pod by who it is and by where it runs", () => {
    const store = PodStore.make()
    const a = pod("a")
    store.note({ _tag: "Appeared", object: a })
    store.note({ _tag: "Appeared", object: pod("b", { nodeName: "node-2" }) })
    assert.strictEqual(store.get(a.metadata.uid), a)
    assert.deepStrictEqual(names(store.onNode("node-1")), ["a"])
    assert.deepStrictEqual(names(store.onNode("node-3")), [])
    assert.deepStrictEqual(names(store.values()), ["a", "b"])
  })

  it("files a pod under its node when it is bound", () => {
    const store = PodStore.make()
    store.note({ _tag: "Appeared", object: unbound("a") })
    assert.deepStrictEqual(names(store.onNode("")), [])
    store.note({ _tag: "Changed", object: pod("a"), before: unbound("a") })
    assert.deepStrictEqual(names(store.onNode("node-1")), ["a"])
    assert.strictEqual([...store.values()].length, 1)
  })

  it("forgets a pod that is gone, also where its end tells of a binding that was missed", () => {
    const store = PodStore.make()
    store.note({ _tag: "Appeared", object: pod("a", { nodeName: "node-1" }) })
    store.note({ _tag: "Vanished", object: pod("a", { nodeName: "node-2" }), seen: true })
    assert.deepStrictEqual(names(store.values()), [])
    assert.deepStrictEqual(names(store.onNode("node-1")), [])
    store.note({ _tag: "Appeared", object: pod("a", { nodeName: "node-2" }) })
    assert.deepStrictEqual(names(store.onNode("node-1")), [])
  })

  it("knows who may live although a list did not have them: until they are listed again, are seen to go, or are found to be gone", () => {
    const store = PodStore.make()
    const a = pod("a")
    const { uid } = a.metadata
    const miss = () => {
      store.note({ _tag: "Appeared", object: a })
      assert.isFalse(store.mayLive(uid))
      store.note({ _tag: "Vanished", object: a, seen: false })
      assert.isTrue(store.mayLive(uid))
    }
    miss()
    miss()
    store.note({ _tag: "Vanished", object: a, seen: true })
    assert.isFalse(store.mayLive(uid))
    miss()
    store.foundGone(uid)
    assert.isFalse(store.mayLive(uid))
  })

  it("needs nobody to see that a pod goes that was over", () => {
    const store = PodStore.make()
    const over = { ...pod("a"), status: { phase: "Succeeded" } }
    store.note({ _tag: "Vanished", object: over, seen: false })
    assert.isFalse(store.mayLive(over.metadata.uid))
  })

  const step = Arbitrary.all({
    name: Arbitrary.schema(Schema.Literals(["a", "b", "c"])),
    nodeName: Arbitrary.schema(Schema.Literals(["", "node-1", "node-2"])),
    gone: Arbitrary.schema(Schema.Boolean)
  })
  it.prop("holds what a plain table would hold", { steps: Arbitrary.array(step, { maxLength: 40 }) }, ({ steps }) => {
    const store = PodStore.make()
    const table = new Map<string, Pod>()
    for (const { gone, name, nodeName } of steps) {
      const object = pod(name, { nodeName })
      const before = table.get(name)
      if (!gone) {
        table.set(name, object)
        store.note(before === undefined ? { _tag: "Appeared", object } : { _tag: "Changed", object, before })
      } else if (before !== undefined) {
        table.delete(name)
        store.note({ _tag: "Vanished", object, seen: true })
      }
    }
    assert.deepStrictEqual(names(store.values()), names(table.values()))
    for (const node of ["node-1", "node-2"]) {
      assert.deepStrictEqual(names(store.onNode(node)), names([...table.values()].filter(({ spec }) => spec.nodeName === node)))
    }
  }, { arbitrary: { runs: 300 } })
})
