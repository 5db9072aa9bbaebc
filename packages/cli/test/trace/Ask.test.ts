import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { Effect, Result, Schema } from "effect"
import { afterAll, describe, expect, it } from "vitest"
import { colourless } from "../../src/output/Style.js"
import { type From, tracePod, traceWindow } from "../../src/trace/Ask.js"
import { PodTrace } from "../../src/trace/pod/Schema.js"
import { Window } from "../../src/trace/window/Summary.js"
import { linesOf, noon, podOf } from "./support/Records.js"

const folder = mkdtempSync(join(tmpdir(), "trace-"))
afterAll(() => rmSync(folder, { recursive: true }))

const nothing: From = { files: [], logGroup: undefined, region: undefined, profile: undefined, endpoint: undefined, since: undefined, from: undefined, to: undefined, progress: undefined, poll: 1 }
const judged = { controllers: [], stuckAfter: 60_000 }

const put = (name: string, content: string | Buffer): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const window = (asked: Partial<From>) => Effect.runPromise(Effect.scoped(Effect.result(traceWindow({ ...nothing, ...asked }, { ...judged, top: 10, most: 50_000 }))))
const windowData = async (asked: Partial<From>) => Result.getOrThrow(await window(asked)).data
const failure = async (asked: Partial<From>) => {
  const result = await window(asked)
  return Result.isFailure(result) ? result.failure.message : expect.fail("it answered")
}
const pod = (asked: Partial<From>, name = "web-1", namespace = "shop") =>
  Effect.runPromise(Effect.scoped(tracePod({ ...nothing, ...asked }, { _tag: "Name", namespace, name }, judged)))

const web = podOf()
const life = [web.create(0), web.bind(31), web.annotate(90), web.remove(5_000, 0)]

describe("files", () => {
  it("are read gzipped or not, whatever they are called, in any order", async () => {
    const files = [put("late.log", linesOf(life.slice(2))), put("early", gzipSync(linesOf(life.slice(0, 2))))]
    for (const order of [files, files.toReversed()]) {
      const { latencies, pods, reading } = await windowData({ files: order })
      expect(pods).toMatchObject({ created: 1, bound: 1, annotated: 1, deleted: 1 })
      expect(latencies.createToAnnotated?.max).toBe(90)
      expect(reading).toMatchObject({ sources: order, outOfOrder: 0 })
    }
  })

  it("of several API servers are read side by side, so that little has to be kept", async () => {
    const lives = Array.from({ length: 4_000 }, (_, index) => {
      const one = podOf({ name: `web-${index}`, uid: `uid-${index}` })
      return [one.create(index * 1_000), one.bind(index * 1_000 + 31), one.annotate(index * 1_000 + 90), one.remove(index * 1_000 + 500, 0)]
    })
    // Each server has answered some of the requests about each pod.
    const files = [0, 1].map((server) => put(`server-${server}.log`, linesOf(lives.flatMap((records) => records.filter((_, index) => index % 2 === server)))))
    const answer = await Effect.runPromise(Effect.scoped(traceWindow({ ...nothing, files }, { ...judged, top: 10, most: 3_000 })))
    expect(answer.data).toMatchObject({ pods: { created: 4_000, bound: 4_000, annotated: 4_000, dropped: 0, earlier: 0 }, latencies: { createToAnnotated: { count: 4_000 } } })
    expect(answer.found).toBe(false)
  })

  it("whose compression breaks off give what came before, and say so", async () => {
    const whole = gzipSync(linesOf(Array.from({ length: 5_000 }, (_, index) => podOf({ name: `web-${index}`, uid: `u-${index}` }).create(index))))
    const { pods, reading } = await windowData({ files: [put("cut.gz", whole.subarray(0, whole.length - 200))] })
    expect(pods.created).toBeGreaterThan(100)
    expect(reading.incomplete).toEqual([expect.stringContaining("its compression breaks off")])
  })

  it("that are given twice are read once", async () => {
    const file = put("twice.log", linesOf(life))
    expect((await windowData({ files: [file, file] })).reading).toMatchObject({ sources: [file], duplicates: 0 })
  })

  it("may be empty, and may begin with a byte order mark", async () => {
    expect((await windowData({ files: [put("empty.log", "")] })).pods.created).toBe(0)
    expect((await windowData({ files: [put("marked.log", `\ufeff${linesOf(life)}`)] }))).toMatchObject({ pods: { created: 1 }, reading: { broken: { count: 0 } } })
  })

  it("that cannot be read are named", async () => {
    expect(await failure({ files: [join(folder, "missing.log")] })).toBe(`${join(folder, "missing.log")}: there is no such file`)
    expect(await failure({ files: [folder] })).toBe(`${folder} is a folder`)
    expect(await failure({})).toBe("no records to read")
    expect(await failure({ files: [put("a.log", "")], logGroup: "/aws/eks/prod/cluster" })).toBe("records are read from files or from a log group")
    expect(await failure({ logGroup: "/aws/eks/prod/cluster" })).toBe("a log group is asked about a stretch of time")
  })
})

describe("a stretch of time", () => {
  it("leaves out what lies before and after", async () => {
    const file = put("range.log", linesOf([...life, podOf({ name: "web-2", uid: "uid-2" }).create(60_000)]))
    expect((await windowData({ files: [file], to: noon + 1_000 }))).toMatchObject({ pods: { created: 1, annotated: 1, deleted: 0 }, to: "2026-01-15T12:00:01.000Z" })
    expect((await windowData({ files: [file], from: noon + 1_000 })).pods).toMatchObject({ created: 1, annotated: 0 })
  })

  it("says by the records that nobody asked for how long a pod has waited", async () => {
    const others = podOf({ name: "web-2", uid: "uid-2" })
    const file = put("waits.log", linesOf([web.create(0), web.bind(31), others.create(1), others.remove(300_000, 0)]))
    const { data, found } = await pod({ files: [file] })
    expect(data.pods[0]?.findings).toEqual(["it is not annotated at the end of the records, 300 s later"])
    expect(found).toBe(true)
  })
})

describe("an answer", () => {
  it("is what its schema documents", async () => {
    const file = put("schema.log", `${linesOf(life)}broken\n`)
    const { data } = await pod({ files: [file] })
    expect(Schema.decodeUnknownSync(PodTrace)(JSON.parse(JSON.stringify(Schema.encodeSync(PodTrace)(data))))).toEqual(data)
    const whole = await windowData({ files: [file] })
    expect(Schema.decodeUnknownSync(Window)(JSON.parse(JSON.stringify(Schema.encodeSync(Window)(whole))))).toEqual(whole)
  })

  it("stays within the page, however narrow", async () => {
    const file = put("narrow.log", `${linesOf(life.slice(0, 2))}broken\n`)
    for (const width of [20, 60, 100, 200]) {
      const texts = [(await pod({ files: [file] })).text({ width, style: colourless }), Result.getOrThrow(await window({ files: [file] })).text({ width, style: colourless })]
      for (const line of texts.join("\n").split("\n")) expect(line.length, line).toBeLessThanOrEqual(width)
    }
  })

  it("finds nothing where all is well, and says so by its exit code", async () => {
    const file = put("well.log", linesOf(life))
    expect((await pod({ files: [file] })).found).toBe(false)
    expect(Result.getOrThrow(await window({ files: [file] })).found).toBe(false)
    expect((await pod({ files: [file] }, "nobody")).text({ width: 100, style: colourless })).toContain("shop/nobody  no record is about this pod")
  })
})

describe("records of a real API server (Kubernetes 1.36)", () => {
  const file = new URL("fixtures/kube-apiserver-1.36.jsonl", import.meta.url).pathname

  it("tell of a webhook that failed open, of names made up by the server, and of requests in two stages", async () => {
    const { foreign, pods, reading, slipped, unserved } = await windowData({ files: [file] })
    expect(pods).toMatchObject({ created: 2, asked: 1, notAsked: 1, failedOpen: 2, bound: 2, deleted: 2, unnamed: 0 })
    expect(slipped.first).toMatchObject([{ namespace: "default", why: "no resource" }])
    expect(slipped.first[0]?.name).toMatch(/^web-/)
    expect(unserved.first).toMatchObject([{ name: "aws-cli" }])
    expect(foreign.first.map(({ did, user }) => [did, user])).toEqual([["set", "admin"], ["removed", "admin"]])
    expect(reading).toMatchObject({ broken: { count: 0 }, duplicates: 0, otherJson: 0, unanswered: { count: 0 } })
    expect(reading.lines).toBe(readFileSync(file, "utf8").trim().split("\n").length)
  })

  it("tell one pod's story", async () => {
    const { data } = await pod({ files: [file] }, "aws-cli", "default")
    expect(data.pods).toHaveLength(1)
    expect(data.pods[0]?.steps.map(({ what }) => what)).toEqual(["policy", "node", "node", "created", "bound", "annotation", "annotation", "deleted", "deleted"])
  })
})
