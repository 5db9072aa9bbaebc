import { closeSync, openSync, readSync } from "node:fs"
import type { Sink } from "../../packages/cli/src/trace/read/Framing.js"
import { headOf } from "../../packages/cli/src/trace/read/Head.js"
import { lines } from "../../packages/cli/src/trace/read/Lines.js"
import { reader } from "../../packages/cli/src/trace/read/Reader.js"
import { forWindow } from "../../packages/cli/src/trace/read/Wanted.js"

const chunkSize = 512 * 1024

/** Seconds of processor to read a file, and to do something with each chunk. */
const timed = (path: string, use: (chunk: Buffer) => void): number => {
  const buffer = Buffer.allocUnsafeSlow(chunkSize)
  const file = openSync(path, "r")
  const before = process.cpuUsage()
  for (;;) {
    const read = readSync(file, buffer, 0, chunkSize, null)
    if (read === 0) break
    use(buffer.subarray(0, read))
  }
  const { system, user } = process.cpuUsage(before)
  closeSync(file)
  return (system + user) / 1e6
}

const through = (sink: Sink) => {
  const framer = lines()
  return (chunk: Buffer): void => framer.push(chunk, sink)
}

/** Seconds of processor for what the program does with a file, one more of it each time. */
export const parts = (path: string): ReadonlyArray<readonly [name: string, seconds: number]> => {
  let count = 0
  const lost = (): void => {}
  return [
    ["reading the bytes", timed(path, () => {})],
    ["and cutting them into lines", timed(path, through({ piece: () => void count++, lost }))],
    ["and reading each line's head", timed(path, through({ piece: (bytes, from, to) => void headOf(bytes, from, to), lost }))],
    ["and parsing what is of use, to facts", timed(path, through(reader(forWindow, () => void count++).source(path, "lines")))]
  ]
}
