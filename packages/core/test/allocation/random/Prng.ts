/** A small seeded stream of chance (mulberry32): the same seed, the same run. */
export interface Prng {
  /** An integer from 0 up to, not including, `below`. */
  readonly below: (below: number) => number
  /** True in `percent` of a hundred draws. */
  readonly chance: (percent: number) => boolean
  readonly pick: <A>(from: ReadonlyArray<A>) => A
}

export const make = (seed: number): Prng => {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return { below, chance: (percent) => next() * 100 < percent, pick: (from) => from[below(from.length)]! }
}
