import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync, mkdirSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "@effect/vitest"
import { Effect, Logger, SubscriptionRef } from "effect"
import { TestClock } from "effect/testing"
import * as TlsFiles from "../../src/webhook/TlsFiles.js"
import type { KeyPair } from "../../src/webhook/TlsSource.js"
import { makePair } from "./support.js"

/** A folder as kubelet mounts a Secret: the files are links into `..data`, which is a link to the version in force. */
const mounted = Effect.gen(function*() {
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "branchline-tls-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true }))
  )
  let version = 0
  const put = ({ cert, key }: KeyPair): void => {
    const name = `..version-${version += 1}`
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, "tls.crt"), cert)
    writeFileSync(join(folder, name, "tls.key"), key)
    symlinkSync(name, join(folder, "..fresh"))
    renameSync(join(folder, "..fresh"), join(folder, "..data"))
    if (version === 1) for (const file of ["tls.crt", "tls.key"]) symlinkSync(join("..data", file), join(folder, file))
  }
  return { put, files: { cert: join(folder, "tls.crt"), key: join(folder, "tls.key") } }
})

const logged = Effect.fnUntraced(function*<A, E, R>(effect: (lines: ReadonlyArray<string>) => Effect.Effect<A, E, R>) {
  const lines: Array<string> = []
  const logger = Logger.make(({ message }) => void lines.push([message].flat().map(String).join(" ")))
  return yield* Effect.provide(effect(lines), Logger.layer([logger]))
})

const lookAgain = TestClock.adjust("5 seconds")

it.effect("takes over a Secret's new version, and a pair that does not fit changes nothing and is told once", () =>
  logged((lines) =>
    Effect.gen(function*() {
      const { files, put } = yield* mounted
      const [first, second, third] = [yield* makePair(), yield* makePair(), yield* makePair()]
      put(first.pair)
      const { pair } = yield* TlsFiles.make(files)
      const now = Effect.map(SubscriptionRef.get(pair), ({ cert }) => cert)
      expect(yield* now).toBe(first.pair.cert)
      put(second.pair)
      yield* lookAgain
      expect(yield* now).toBe(second.pair.cert)
      put({ cert: third.pair.cert, key: first.pair.key })
      for (let i = 0; i < 4; i++) yield* lookAgain
      expect(yield* now).toBe(second.pair.cert)
      put({ cert: third.pair.cert.slice(0, 100), key: third.pair.key })
      for (let i = 0; i < 4; i++) yield* lookAgain
      expect(yield* now).toBe(second.pair.cert)
      put(third.pair)
      yield* lookAgain
      expect(yield* now).toBe(third.pair.cert)
      const warnings = lines.filter((line) => line.includes("keeps its certificate"))
      expect(warnings).toHaveLength(2)
      expect(warnings[0]).toContain(`${files.cert} and ${files.key} cannot be used: the key is not the certificate's`)
      expect(warnings[1]).toContain("the certificate cannot be read")
    })))

it.effect("does not tell of files that are half written at one look and whole at the next", () =>
  logged((lines) =>
    Effect.gen(function*() {
      const { files, put } = yield* mounted
      const [first, second] = [yield* makePair(), yield* makePair()]
      put(first.pair)
      const { pair } = yield* TlsFiles.make(files)
      put({ cert: second.pair.cert, key: first.pair.key })
      yield* lookAgain
      put(second.pair)
      yield* lookAgain
      expect((yield* SubscriptionRef.get(pair)).cert).toBe(second.pair.cert)
      expect(lines).toEqual([])
    })))

it.effect("does not start without a certificate that can be used, and says which file and what to do", () =>
  Effect.gen(function*() {
    const { files, put } = yield* mounted
    const missing = yield* Effect.flip(TlsFiles.make(files))
    expect(missing).toMatchObject({ reason: "Certificate", isRetryable: false })
    expect(missing.message).toContain(`there is no file ${files.cert}; put a certificate and its key there`)
    const [first, second] = [yield* makePair(), yield* makePair()]
    put({ cert: first.pair.cert, key: second.pair.key })
    expect((yield* Effect.flip(TlsFiles.make(files))).message).toContain("the key is not the certificate's")
    put({ cert: first.pair.cert, key: "no key" })
    expect((yield* Effect.flip(TlsFiles.make(files))).message).toContain("the key cannot be read")
    const expired = yield* makePair(["127.0.0.1"], { notBefore: -120_000, notAfter: -60_000 })
    put(expired.pair)
    expect((yield* Effect.flip(TlsFiles.make(files))).message).toContain("the certificate expired at 1969-12-31T23:59:00.000Z")
  }))
