import { Deferred, Effect, Result } from "effect"
import { Stopped } from "./Stopped.js"

/** So long the other side may take to say what is wrong with it, once one has: as long as a request may. Milliseconds. */
const grace = 20_000

/** Both at the same time. What is wrong is told of both; one that only waits is not waited for when the other has failed. */
export const together = Effect.fnUntraced(function*<A, B, R, S>(
  one: Effect.Effect<A, Stopped, R>,
  other: Effect.Effect<B, Stopped, S>
): Effect.fn.Return<readonly [A, B], Stopped, R | S> {
  const failed = yield* Deferred.make<void>()
  const late = Deferred.await(failed).pipe(Effect.andThen(Effect.sleep(grace)), Effect.as(Result.fail(undefined)))
  const side = <C, T>(effect: Effect.Effect<C, Stopped, T>): Effect.Effect<Result.Result<C, Stopped | undefined>, never, T> =>
    effect.pipe(Effect.tapError(() => Deferred.succeed(failed, undefined)), Effect.result, Effect.raceFirst(late))
  const [left, right] = yield* Effect.zip(side(one), side(other), { concurrent: true })
  if (Result.isSuccess(left) && Result.isSuccess(right)) return [left.success, right.success]
  const sides: ReadonlyArray<Result.Result<unknown, Stopped | undefined>> = [left, right]
  const told = sides.flatMap((result) => Result.isFailure(result) && result.failure !== undefined ? [result.failure] : [])
  return yield* new Stopped({ code: told[0]?.code ?? 2, lines: told.flatMap(({ lines }) => lines) })
})
