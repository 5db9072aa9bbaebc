import { closeSync, createReadStream, createWriteStream, mkdtempSync, openSync, rmSync, writeSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pipeline } from "node:stream/promises"
import { createGzip } from "node:zlib"
import { generate, type Truth } from "./Cluster.js"

/** A generated log on disk, for as long as it is measured. */
export interface Written {
  readonly path: string
  readonly bytes: number
  readonly truth: Truth
  readonly remove: () => void
}

const flushAt = 1_000_000

/** Writes so many records to a file, a megabyte at a time. */
export const write = (records: number, tell: (text: string) => void): Written => {
  const folder = mkdtempSync(join(tmpdir(), "bench-trace-"))
  const path = join(folder, "audit.log")
  const file = openSync(path, "w")
  const all = generate({ seed: 1, records })
  let parts: Array<string> = []
  let length = 0
  let bytes = 0
  let written = 0
  const flush = (): void => {
    bytes += writeSync(file, parts.join(""))
    parts = []
    length = 0
  }
  for (;;) {
    const { done, value } = all.next()
    if (done === true) {
      flush()
      closeSync(file)
      return { path, bytes, truth: value, remove: () => rmSync(folder, { recursive: true }) }
    }
    parts.push(value)
    length += value.length
    if (++written % 200_000 === 0) tell(`writing ${written / 1_000} thousand records`)
    if (length >= flushAt) flush()
  }
}

/** The same, gzipped, beside it. */
export const zipped = async (path: string): Promise<string> => {
  await pipeline(createReadStream(path), createGzip({ level: 1 }), createWriteStream(`${path}.gz`))
  return `${path}.gz`
}
