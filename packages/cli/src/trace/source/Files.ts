import { createReadStream } from "node:fs"
import { type FileHandle, open, stat } from "node:fs/promises"
import { Readable } from "node:stream"
import { createGunzip } from "node:zlib"
import { Effect } from "effect"
import { CouldNotLook } from "../../output/CouldNotLook.js"
import type { Chunks, Source } from "./Source.js"

/** As much as is read at once: small against memory, large against the cost of asking. */
const chunkSize = 512 * 1024
/** A stream has a new buffer for each chunk, which stays until it is collected. */
const streamed = 128 * 1024

const textOf = (error: unknown): string => {
  const code = error instanceof Error && "code" in error ? String(error.code) : ""
  if (code === "ENOENT") return "there is no such file"
  if (code === "EACCES") return "it may not be read"
  if (code === "EISDIR") return "it is a folder"
  return error instanceof Error ? error.message : String(error)
}

const cannot = (name: string) => (error: unknown): CouldNotLook => new CouldNotLook({ message: `${name}: ${textOf(error)}`, mend: "name files of audit records, gzipped or not, or - for standard input" })

/** Source: RFC 1952 §2.3.1. */
const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

/** A stream that ends before its format does gives what it had. */
const isCutOff = (error: unknown): boolean => error instanceof Error && "code" in error && (error.code === "Z_BUF_ERROR" || error.code === "Z_DATA_ERROR")

const ofIterator = (name: string, iterator: AsyncIterator<Buffer>): Chunks => {
  let incomplete: string | undefined
  return {
    next: Effect.tryPromise({
      try: async () => {
        try {
          const { done, value } = await iterator.next()
          return done === true ? undefined : value
        } catch (error) {
          if (!isCutOff(error)) throw error
          incomplete = `${name}: its compression breaks off; what came before was read`
          return undefined
        }
      },
      catch: cannot(name)
    }),
    incomplete: () => incomplete
  }
}

const ofStream = (name: string, stream: Readable): Chunks => ofIterator(name, stream[Symbol.asyncIterator]())

const ofHandle = (name: string, handle: FileHandle): Chunks => {
  const buffer = Buffer.allocUnsafeSlow(chunkSize)
  return {
    next: Effect.tryPromise({
      try: async () => {
        const { bytesRead } = await handle.read(buffer, 0, chunkSize)
        return bytesRead === 0 ? undefined : buffer.subarray(0, bytesRead)
      },
      catch: cannot(name)
    }),
    incomplete: () => undefined
  }
}

const gunzipped = (stream: Readable) => {
  const gunzip = createGunzip({ chunkSize: streamed })
  stream.on("error", (error) => gunzip.destroy(error))
  return stream.pipe(gunzip)
}

const openFile = Effect.fnUntraced(function*(path: string) {
  const handle = yield* Effect.acquireRelease(
    Effect.tryPromise({ try: () => open(path, "r"), catch: cannot(path) }),
    (held) => Effect.promise(() => held.close())
  )
  const magic = Buffer.alloc(2)
  yield* Effect.tryPromise({ try: () => handle.read(magic, 0, 2, 0), catch: cannot(path) })
  if (!isGzip(magic)) return ofHandle(path, handle)
  const stream = yield* Effect.acquireRelease(
    Effect.sync(() => createReadStream(path, { highWaterMark: streamed })),
    (held) => Effect.sync(() => held.destroy())
  )
  return ofStream(path, gunzipped(stream))
})

/** A file, gzipped or not. */
export const file = Effect.fnUntraced(function*(path: string): Effect.fn.Return<Source, CouldNotLook> {
  const found = yield* Effect.tryPromise({ try: () => stat(path), catch: cannot(path) })
  if (found.isDirectory()) return yield* new CouldNotLook({ message: `${path} is a folder`, mend: "name the files in it" })
  // What can be read but once (a pipe, a process substitution) is not looked into before.
  return found.isFile()
    ? { name: path, size: found.size, opensAgain: true, open: openFile(path) }
    : fromStream(path, () => createReadStream(path, { highWaterMark: streamed }))
})

/** As much of a stream as tells its format. */
const beginningOf = async (iterator: AsyncIterator<Buffer>): Promise<Buffer> => {
  let first = Buffer.alloc(0)
  while (first.length < 2) {
    const step = await iterator.next()
    if (step.done === true) break
    first = Buffer.concat([first, step.value])
  }
  return first
}

/** The rest of a stream, behind what was taken of it. */
async function* behind(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first
  for (let step = await rest.next(); step.done !== true; step = await rest.next()) yield step.value
}

/** What can be read but once, gzipped or not. */
export const fromStream = (name: string, make: () => Readable): Source => ({
  name,
  size: undefined,
  opensAgain: false,
  open: Effect.gen(function*() {
    const stream = yield* Effect.acquireRelease(Effect.sync(make), (held) => Effect.sync(() => held.destroy()))
    const iterator: AsyncIterator<Buffer> = stream[Symbol.asyncIterator]()
    const first = yield* Effect.tryPromise({ try: () => beginningOf(iterator), catch: cannot(name) })
    if (first.length === 0) return ofIterator(name, iterator)
    const whole = Readable.from(behind(first, iterator), { objectMode: true, highWaterMark: 1 })
    return ofStream(name, isGzip(first) ? gunzipped(whole) : whole)
  })
})

/** Standard input. */
export const standardInput: Source = fromStream("standard input", () => process.stdin)
