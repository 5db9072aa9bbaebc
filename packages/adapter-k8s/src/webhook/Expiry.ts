import { Clock, DateTime, Effect, Stream, SubscriptionRef } from "effect"
import type { ServingPair, TlsSource } from "./TlsSource.js"

/** The last part of a certificate's life, in which it should long have been replaced. */
const lastPart = 1 / 10

/** A timer of the host counts 31 bits of milliseconds. */
const longestSleep = 86_400_000

const iso = (millis: number): string => DateTime.formatIso(DateTime.makeUnsafe(millis))

const sleepUntil = Effect.fnUntraced(function*(moment: number) {
  for (;;) {
    const left = moment - (yield* Clock.currentTimeMillis)
    if (left <= 0) return
    yield* Effect.sleep(Math.min(left, longestSleep))
  }
})

const tell = Effect.fnUntraced(function*({ notAfter, notBefore }: ServingPair) {
  yield* Effect.annotateLogs(Effect.logInfo("the webhook serves a certificate"), { validFrom: iso(notBefore), validUntil: iso(notAfter) })
  yield* sleepUntil(notAfter - (notAfter - notBefore) * lastPart)
  if ((yield* Clock.currentTimeMillis) < notAfter) {
    yield* Effect.annotateLogs(Effect.logWarning("the webhook's certificate expires soon and was not replaced"), { validUntil: iso(notAfter) })
    yield* sleepUntil(notAfter)
  }
  yield* Effect.annotateLogs(
    Effect.logError("the webhook's certificate has expired: API servers refuse it, and failurePolicy decides for every pod"),
    { expiredAt: iso(notAfter) }
  )
})

/** Logs which certificate is in force, that it nears its end, and that it is past it. */
export const watchExpiry = (tls: TlsSource): Effect.Effect<never> =>
  Effect.andThen(Stream.runDrain(Stream.switchMap(SubscriptionRef.changes(tls.pair), (pair) => Stream.fromEffect(tell(pair)))), Effect.never)
