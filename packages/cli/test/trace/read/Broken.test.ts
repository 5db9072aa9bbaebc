import { it as prop } from "@effect/vitest"
import { describe, expect, it } from "vitest"
import { forWindow } from "../../../src/trace/read/Wanted.js"
import { int } from "../support/Arbitraries.js"
import { Mixture } from "../support/Mixture.js"
import { lease, linesOf, podOf } from "../support/Records.js"
import { read } from "../support/Read.js"

const pod = podOf()
const line = (record: unknown): string => JSON.stringify(record)
const tags = (text: string) => read([text], forWindow).facts.map(({ _tag }) => _tag)
const tallyOf = (text: string) => read([text], forWindow).tally

describe("broken lines", () => {
  it("that are cut off are counted and named, and those around them are read", () => {
    const text = `${line(pod.create(0))}\n${line(pod.bind(30)).slice(0, 400)}\n${line(pod.annotate(90))}\n`
    expect(tags(text)).toEqual(["PodCreated", "AnnotationWritten"])
    expect(tallyOf(text)).toMatchObject({ pieces: 3, broken: 1, firstBroken: [{ place: "0.log:2", why: "cut off", recovered: 0 }] })
  })

  it("that run together are told apart", () => {
    const text = `${line(pod.create(0))}${line(pod.bind(30))}\n${line(pod.annotate(90))}\n`
    expect(tags(text)).toEqual(["PodCreated", "PodBound", "AnnotationWritten"])
    expect(tallyOf(text)).toMatchObject({ broken: 1, recovered: 2, firstBroken: [{ place: "0.log:1", why: "runs together", recovered: 2 }] })
  })

  it("whose first record is of no use do not hide the second", () => {
    expect(tags(`${line(lease(0))}${line(pod.bind(30))}\n`)).toEqual(["PodBound"])
  })

  it("into which another record was written give that record", () => {
    const torn = line(pod.create(0))
    const text = `${torn.slice(0, 700)}${line(pod.bind(30))}\n${torn.slice(700)}\n${line(pod.annotate(90))}\n`
    expect(tags(text)).toEqual(["PodBound", "AnnotationWritten"])
    expect(tallyOf(text)).toMatchObject({ broken: 2, recovered: 1 })
  })

  it("that are no JSON at all are named, the first five of them", () => {
    const text = Array.from({ length: 9 }, (_, index) => `hello ${index}\n`).join("") + linesOf([pod.create(0)])
    const { broken, firstBroken } = tallyOf(text)
    expect(broken).toBe(9)
    expect(firstBroken.map(({ place }) => place)).toEqual(["0.log:1", "0.log:2", "0.log:3", "0.log:4", "0.log:5"])
  })

  it("that are JSON but no audit records are counted apart", () => {
    expect(tallyOf(`{"level":"info","msg":"started"}\n${linesOf([pod.create(0)])}`)).toMatchObject({ broken: 0, other: 1, records: 1 })
  })

  it("whose wrapper holds something cut off are broken, too", () => {
    expect(tallyOf(`${JSON.stringify({ "@message": line(pod.create(0)).slice(0, 300) })}\n${linesOf([pod.bind(3)])}`)).toMatchObject({ broken: 1, records: 1 })
  })

  prop.prop("cost no other line, wherever bytes are missing", { records: Mixture, from: int(0, 20_000), length: int(1, 3_000) }, ({ from, length, records }) => {
    const all = records.map(line)
    const text = linesOf(records)
    const [start, end] = [from % text.length, from % text.length + length]
    let at = 0
    const intact = records.filter((_, index) => {
      const [first, last] = [at, at += all[index]!.length + 1]
      return last <= start || first >= end
    })
    const found = read([text.slice(0, start) + text.slice(end)], forWindow).facts.map(({ deed, ...fact }) => ({ ...fact, at: deed.at }))
    for (const { deed, ...fact } of read([linesOf(intact)], forWindow).facts) expect(found).toContainEqual({ ...fact, at: deed.at })
  })
})

describe("records", () => {
  it("that come twice count once: same audit id, same stage", () => {
    const create = pod.create(0)
    const { facts, tally } = read([linesOf([create, pod.bind(30), create]), linesOf([create])], forWindow)
    expect(facts.map(({ _tag }) => _tag)).toEqual(["PodCreated", "PodBound"])
    expect(tally.duplicates).toBe(2)
  })

  it("that are older than one before them in their file are counted", () => {
    expect(read([linesOf([pod.create(0), pod.annotate(90), pod.bind(30)]), linesOf([pod.remove(60, 0)])], forWindow).tally.outOfOrder).toBe(1)
  })

  it("of a request that came in and was answered are one", () => {
    const { facts, tally } = read([linesOf([pod.create(0, { id: "x", stage: "RequestReceived", response: undefined }), pod.create(5, { id: "x" })])], forWindow)
    expect(facts).toHaveLength(1)
    expect(tally.pending.size).toBe(0)
  })

  it("of a request that was answered before it came in are one, too", () => {
    expect(read([linesOf([pod.create(5, { id: "x" }), pod.create(0, { id: "x", stage: "RequestReceived" })])], forWindow).tally.pending.size).toBe(0)
  })

  it("of a request that was never answered are told, and so is a panic", () => {
    const { facts, tally } = read([linesOf([pod.create(0, { id: "x", stage: "RequestReceived" }), pod.bind(5, { id: "y", stage: "RequestReceived" }), pod.bind(5, { id: "y", stage: "Panic" })])], forWindow)
    expect(facts).toEqual([])
    expect([...tally.pending.values()]).toMatchObject([
      { verb: "create", what: "pods/shop/web-1", panicked: false, place: "0.log:1" },
      { verb: "create", what: "pods/shop/web-1/binding", panicked: true, place: "0.log:3" }
    ])
  })

  it("of a dry run change nothing", () => {
    expect(tags(linesOf([pod.create(0, { uri: "/api/v1/namespaces/shop/pods?dryRun=All" })]))).toEqual([])
  })
})

describe("an export", () => {
  const records = [pod.create(0), pod.bind(30), pod.annotate(90)]
  const all = ["PodCreated", "PodBound", "AnnotationWritten"]

  it("may be an EventList, indented or not, or a list", () => {
    for (const value of [{ kind: "EventList", apiVersion: "audit.k8s.io/v1", metadata: {}, items: records }, records]) {
      expect(tags(JSON.stringify(value))).toEqual(all)
      expect(tags(JSON.stringify(value, null, 2))).toEqual(all)
    }
  })

  it("may have an EventList on each line", () => {
    expect(tags(linesOf(records.map((record) => ({ kind: "EventList", apiVersion: "audit.k8s.io/v1", items: [record] }))))).toEqual(all)
  })

  it("may be the answer of filter-log-events, get-query-results, or Insights' own JSON", () => {
    expect(tags(JSON.stringify({ events: records.map((record) => ({ timestamp: 1, message: line(record), logStreamName: "kube-apiserver-audit-1" })) }))).toEqual(all)
    expect(tags(JSON.stringify({ results: records.map((record) => [{ field: "@timestamp", value: "2026" }, { field: "@message", value: line(record) }]), status: "Complete" }))).toEqual(all)
    expect(tags(JSON.stringify(records.map((record) => ({ "@timestamp": "2026", "@message": record })), null, 2))).toEqual(all)
  })

  it("may be documents of a subscription one after the other", () => {
    expect(tags(records.map((record) => JSON.stringify({ messageType: "DATA_MESSAGE", logGroup: "/aws/eks/prod/cluster", logEvents: [{ id: "1", message: line(record) }] })).join(""))).toEqual(all)
  })

  it("may have a time before each record, as S3 exports do", () => {
    expect(tags(records.map((record) => `2026-01-15T12:00:00.000Z ${line(record)}\n`).join(""))).toEqual(all)
  })
})
