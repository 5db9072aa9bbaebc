import { Effect } from "effect"

/** Between two looks, milliseconds. */
export const look = 5_000

/**
 * What `wrongs` says now and at every look of the next `patience` milliseconds: a pod that waits for a place, or a branch that is just being given
 * away, passes; what is left over stays. Answers at once where nothing is wrong.
 */
export const lasting = Effect.fnUntraced(function*(wrongs: Effect.Effect<ReadonlyArray<string>>, patience: number) {
  let left = yield* wrongs
  for (let waited = 0; waited < patience && left.length > 0; waited += look) {
    yield* Effect.sleep(look)
    const still = new Set(yield* wrongs)
    left = left.filter((wrong) => still.has(wrong))
  }
  return left
})
