import { writeBranchAnnotation } from "@branchline/core/model/BranchAnnotation"
import { podEni } from "@branchline/core/model/Names"
import { describe, expect, it } from "vitest"
import type { Document } from "../../../src/kubernetes/Document.js"
import { isOnItsInstance, type PodRecord, recordOf, trunkOf } from "../../../src/simulation/oracle/Book.js"
import { eni, instance, naming, scene } from "./Scene.js"

const asking = { resources: { limits: { [podEni]: "1" } } }
const pod = (changes: { readonly annotation?: string; readonly spec?: Document; readonly phase?: string } = {}): Document => ({
  metadata: { name: "web", namespace: "default", uid: "uid-web", ...(changes.annotation === undefined ? {} : { annotations: { [podEni]: changes.annotation } }) },
  spec: { containers: [{ name: "main" }, asking], ...changes.spec },
  ...(changes.phase === undefined ? {} : { status: { phase: changes.phase } })
})
const bound = { nodeName: "node-1" }

const names = new Map([["node-1", instance("1")]])
const written = (document: Document, before?: PodRecord, now = 1_000): PodRecord => recordOf(document, document, before, now, (name) => names.get(name))
const gone = (document: Document, before?: PodRecord, now = 1_000): PodRecord => recordOf(document, undefined, before, now, (name) => names.get(name))

describe("a pod's record", () => {
  it("says who it is, and what it is at first", () => {
    expect(written(pod())).toMatchObject({
      uid: "uid-web", name: "default/web", nodeName: undefined, instanceId: undefined, boundAt: undefined, phase: "Pending", living: true, endedAt: undefined, details: undefined
    })
  })

  it("asks where one of its containers does, from the beginning", () => {
    expect(written(pod()).asks).toBe(true)
    const plain = pod({ spec: { containers: [{ name: "main", resources: { limits: { cpu: "1" } } }] } })
    expect(written(plain).asks).toBe(false)
    expect(written(pod(), written(plain)).asks).toBe(false)
  })

  it("keeps the instance and the time of its binding, whatever becomes of the node's name", () => {
    const first = written(pod({ spec: bound }), written(pod()), 2_000)
    expect(first).toMatchObject({ nodeName: "node-1", instanceId: instance("1"), boundAt: 2_000 })
    names.set("node-1", instance("2"))
    expect(written(pod({ spec: bound }), first, 3_000)).toMatchObject({ instanceId: instance("1"), boundAt: 2_000 })
    names.set("node-1", instance("1"))
    expect(written(pod({ spec: { nodeName: "node-9" } })).instanceId).toBeUndefined()
  })

  it.each(["Succeeded", "Failed"])("%s: it has ended, and the first moment of that counts", (phase) => {
    const ended = written(pod({ phase }), written(pod({ phase: "Running" })), 2_000)
    expect(ended).toMatchObject({ living: false, endedAt: 2_000 })
    expect(gone(pod({ phase }), ended, 3_000)).toMatchObject({ living: false, endedAt: 2_000 })
  })

  it("ends with its object", () => {
    expect(gone(pod({ phase: "Running" }), written(pod({ phase: "Running" })), 2_000)).toMatchObject({ phase: "Running", living: false, endedAt: 2_000 })
  })

  it("says what the annotation does, where the node could read it", () => {
    const annotation = writeBranchAnnotation(naming("0123456789abcdef0", 7), "eight")
    const told = written(pod({ annotation }))
    expect(told.details).toMatchObject({ eniId: eni("0123456789abcdef0"), vlanId: 7 })
    expect(written(pod({ annotation, phase: "Running" }), told).details, "the same text is not read again").toBe(told.details)
    expect(written(pod({ annotation: "[]" }), told).details).toBeUndefined()
    expect(written(pod(), told).details).toBeUndefined()
  })
})

describe("a pod's node", () => {
  it("is the instance that it was bound to until its name is another's", () => {
    const { book, forget, launch, pod, rename } = scene()
    const [here, nowhere] = [pod("web"), pod("next", { nodeName: undefined, instanceId: undefined })]
    expect([isOnItsInstance(book, here), trunkOf(book, here)]).toEqual([true, eni("t1")])
    launch("2", "t2")
    rename("node-1", "2")
    expect([isOnItsInstance(book, here), trunkOf(book, here)]).toEqual([false, eni("t2")])
    forget("node-1")
    expect([isOnItsInstance(book, here), trunkOf(book, here)]).toEqual([false, undefined])
    expect([isOnItsInstance(book, nowhere), trunkOf(book, nowhere)]).toEqual([true, undefined])
  })
})
