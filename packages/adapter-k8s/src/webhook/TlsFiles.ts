import { readFileSync } from "node:fs"
import { Clock, DateTime, Duration, Effect, Result, type Scope, SubscriptionRef } from "effect"
import { digestOf, type KeyPair, type ServingPair, servingPair, type TlsSource } from "./TlsSource.js"
import { WebhookServerError } from "./WebhookServerError.js"

/** Where certificate and key are. */
export interface TlsFilesOptions {
  /** PEM, leaf first. */
  readonly cert: string
  /** PEM, not encrypted. */
  readonly key: string
  /** Between two looks at the files, default 5 seconds. Their content counts: the files of a mounted Secret are changed by moving a symbolic link. */
  readonly interval?: Duration.Input | undefined
}

const whyUnreadable = (path: string, error: unknown): string => {
  const code = error instanceof Error && "code" in error ? error.code : undefined
  if (code === "ENOENT") return `there is no file ${path}`
  if (code === "EACCES") return `the file ${path} may not be read`
  return `the file ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`
}

/** At once: two small files of a memory file system, and both from the same moment as far as that is possible. */
const read = (path: string): Effect.Effect<string, string> =>
  Effect.try({ try: () => readFileSync(path, "utf8"), catch: (error) => whyUnreadable(path, error) })

const readPair = ({ cert, key }: TlsFilesOptions): Effect.Effect<KeyPair, string> => Effect.all({ cert: read(cert), key: read(key) })

const unusable = ({ cert, key }: TlsFilesOptions, problem: string): string => `${cert} and ${key} cannot be used: ${problem}`

const first = (options: TlsFilesOptions): Effect.Effect<ServingPair, WebhookServerError> =>
  Effect.gen(function*() {
    const pair = yield* Effect.fromResult(servingPair(yield* readPair(options)))
    if (pair.notAfter > (yield* Clock.currentTimeMillis)) return pair
    return yield* Effect.fail(`the certificate expired at ${DateTime.formatIso(DateTime.makeUnsafe(pair.notAfter))}`)
  }).pipe(
    Effect.mapError((problem) =>
      new WebhookServerError({
        reason: "Certificate",
        message: `${unusable(options, problem)}; put a certificate and its key there, or let the controller manage its own`
      }))
  )

/**
 * A certificate and its key from files, read again when their content changes, until the scope ends. A pair that cannot be used (half
 * written, the key of another certificate) leaves the one before in force, and is told once.
 *
 * Fails with `WebhookServerError`, reason `Certificate`, where there is nothing to begin with or the certificate has expired.
 */
export const make = (options: TlsFilesOptions): Effect.Effect<TlsSource, WebhookServerError, Scope.Scope> =>
  Effect.gen(function*() {
    const interval = Duration.fromInputUnsafe(options.interval ?? "5 seconds")
    const pair = yield* SubscriptionRef.make(yield* first(options))
    let seen: string | undefined
    let told: string | undefined

    /** What is wrong twice in a row is told: the first look may have fallen between two writes. */
    const refuse = (sign: string, problem: string): Effect.Effect<void> => {
      const isNews = sign === seen && sign !== told
      seen = sign
      if (!isNews) return Effect.void
      told = sign
      return Effect.logWarning("the webhook keeps its certificate: the new one is unusable", unusable(options, problem))
    }
    const look = Effect.gen(function*() {
      const texts = yield* Effect.result(readPair(options))
      if (Result.isFailure(texts)) return yield* refuse(texts.failure, texts.failure)
      const digest = digestOf(texts.success)
      if (digest === (yield* SubscriptionRef.get(pair)).digest) {
        seen = told = undefined
        return
      }
      const found = servingPair(texts.success)
      if (Result.isFailure(found)) return yield* refuse(digest, found.failure)
      seen = told = undefined
      yield* SubscriptionRef.set(pair, found.success)
    })
    yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep(interval), look)))
    return { pair }
  })
