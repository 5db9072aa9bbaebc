import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { afterAll, describe, expect, it } from "vitest"
import { generate, type Truth } from "../../../../bench/trace/Cluster.js"
import { type From, traceWindow } from "../../src/trace/Ask.js"

const folder = mkdtempSync(join(tmpdir(), "trace-"))
afterAll(() => rmSync(folder, { recursive: true }))

/** A generated log, its lines dealt out to so many servers, as they would have written them. */
const written = (seed: number, records: number, servers: number): { readonly files: ReadonlyArray<string>; readonly truth: Truth } => {
  const all = generate({ seed, records })
  const lines = Array.from({ length: servers }, (): Array<string> => [])
  for (let index = 0;; index++) {
    const { done, value } = all.next()
    if (done === true) {
      const files = lines.map((text, server) => {
        const path = join(folder, `${seed}-${server}.log`)
        writeFileSync(path, text.join(""))
        return path
      })
      return { files, truth: value }
    }
    lines[(index * 7) % servers]!.push(value)
  }
}

const window = async (files: ReadonlyArray<string>, most = 20_000) => {
  const from: From = { files, logGroup: undefined, region: undefined, profile: undefined, endpoint: undefined, since: undefined, from: undefined, to: undefined, progress: undefined, poll: 1 }
  return (await Effect.runPromise(Effect.scoped(traceWindow(from, { controllers: [], stuckAfter: 60_000, top: 10, most })))).data
}

describe("a busy cluster's log", () => {
  for (const servers of [1, 3]) {
    it(`of ${servers === 1 ? "one API server" : `${servers} API servers`} is told as it was made`, async () => {
      const { files, truth } = written(servers, 60_000, servers)
      const { foreign, latencies, pods, reading, slipped } = await window(files)
      expect(pods).toMatchObject({ created: truth.created, asked: truth.asked, failedOpen: truth.failedOpen, annotated: truth.annotated, dropped: 0, earlier: 0 })
      expect([slipped.count, foreign.count]).toEqual([truth.failedOpen, truth.foreign])
      expect(reading).toMatchObject({ lines: truth.records, broken: { count: 0 }, duplicates: 0 })
      const sorted = truth.latencies.toSorted((a, b) => a - b)
      expect(latencies.createToAnnotated?.count).toBe(sorted.length)
      expect(latencies.createToAnnotated?.max).toBeCloseTo(sorted.at(-1)!, 2)
      expect(latencies.createToAnnotated!.p50 / sorted[Math.floor(sorted.length / 2)]!).toBeCloseTo(1, 2)
      expect(reading.parsed).toBeLessThan(truth.records / 5)
    })
  }

  it("is told the same where only half of its pods may be kept at once", async () => {
    const { files, truth } = written(5, 60_000, 1)
    const { latencies, pods } = await window(files, Math.ceil(truth.created / 2))
    expect(pods).toMatchObject({ created: truth.created, annotated: truth.annotated, dropped: 0 })
    expect(latencies.createToAnnotated?.count).toBe(truth.annotated)
  })
})
