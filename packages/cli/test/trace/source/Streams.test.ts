import { Readable } from "node:stream"
import { gzipSync } from "node:zlib"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { reader } from "../../../src/trace/read/Reader.js"
import { forWindow } from "../../../src/trace/read/Wanted.js"
import { fromStream } from "../../../src/trace/source/Files.js"
import { readAll } from "../../../src/trace/source/ReadAll.js"
import { linesOf, podOf } from "../support/Records.js"

const text = linesOf(Array.from({ length: 300 }, (_, index) => podOf({ name: `web-${index}`, uid: `uid-${index}` }).create(index)))

/** What can be read but once comes in pieces of any size. */
const cut = (bytes: Buffer, size: number): ReadonlyArray<Buffer> => Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size))

const read = async (...streams: ReadonlyArray<ReadonlyArray<Buffer>>) => {
  const one = reader(forWindow, () => {})
  const sources = streams.map((parts, index) => fromStream(`stream ${index}`, () => Readable.from(parts)))
  const incomplete = await Effect.runPromise(Effect.scoped(readAll(sources, one)))
  return { ...one.tally, incomplete }
}

describe("a stream", () => {
  it("is read to its end, gzipped or not, in whatever pieces it comes", async () => {
    for (const bytes of [Buffer.from(text), gzipSync(text)]) {
      for (const size of [700, 4_096, 1_000_000]) expect(await read(cut(bytes, size))).toMatchObject({ records: 300, broken: 0, incomplete: [] })
    }
  })

  it("is known for gzipped also where its first piece is one byte", async () => {
    const bytes = gzipSync(text)
    expect(await read([bytes.subarray(0, 1), bytes.subarray(1)])).toMatchObject({ records: 300 })
  })

  it("may be an indented document in small pieces", async () => {
    const document = Buffer.from(JSON.stringify({ kind: "EventList", items: text.trim().split("\n").map((line) => JSON.parse(line) as unknown) }, null, 2))
    for (const bytes of [document, gzipSync(document)]) expect(await read(cut(bytes, 3))).toMatchObject({ records: 300, broken: 0 })
  })

  it("may be one of several", async () => {
    expect(await read(cut(gzipSync(text), 999), cut(Buffer.from(text), 999))).toMatchObject({ records: 300, duplicates: 300 })
  })

  it("may be empty", async () => {
    expect(await read([])).toMatchObject({ records: 0, broken: 0 })
  })

  it("whose compression breaks off gives what came before, and says so", async () => {
    const bytes = gzipSync(text)
    const { incomplete, records } = await read(cut(bytes.subarray(0, bytes.length - 100), 500))
    expect(records).toBeGreaterThan(0)
    expect(incomplete).toEqual(["stream 0: its compression breaks off; what came before was read"])
  })
})
