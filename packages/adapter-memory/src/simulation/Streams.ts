import { Context, Effect, Random } from "effect"

/** A source of numbers, as Effect's own `Random` service. */
export type Stream = typeof Random.Random.Service

/** The seed of the run that this fiber belongs to; `"0"` outside a simulation. */
export const Seed = Context.Reference<string>("@branchline/adapter-memory/simulation/Seed", { defaultValue: () => "0" })

/**
 * 32-bit FNV-1a over UTF-16 code units, finished with Murmur3's avalanche so that similar names give unrelated states.
 * Source: draft-eastlake-fnv; MurmurHash3's `fmix32`.
 */
const hash = (text: string, basis: number): number => {
  let h = (0x811c9dc5 ^ basis) >>> 0
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193) >>> 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

const rotate = (x: number, bits: number): number => (x << bits) | (x >>> (32 - bits))

/**
 * The stream of one concern in one run: its numbers depend on the seed and on the name alone, so that a draw more in one concern shifts
 * nothing in another. Each call starts the stream from its beginning: keep what you get.
 *
 * Generator: xoshiro128** (Blackman and Vigna, "Scrambled linear pseudorandom number generators").
 *
 * @example streamFor("17", "ec2").nextDoubleUnsafe() // in [0, 1)
 */
export const streamFor = (seed: string, name: string): Stream => {
  // The length goes in first: ("a", "bc") and ("ab", "c") are two streams.
  const key = `${seed.length}:${seed}${name}`
  // Typed, so that a draw allocates nothing.
  const state = Int32Array.of(hash(key, 1), hash(key, 2), hash(key, 3), hash(key, 4) | 1)
  const next = (): number => {
    const b = state[1]!
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0
    const c = state[2]! ^ state[0]!
    const d = state[3]! ^ b
    state[1] = b ^ c
    state[0] = state[0]! ^ d
    state[2] = c ^ (b << 9)
    state[3] = rotate(d, 11)
    return result
  }
  /** 53 random bits. */
  const bits = (): number => (next() >>> 5) * 67108864 + (next() >>> 6)
  return {
    nextDoubleUnsafe: () => bits() / 9007199254740992,
    nextIntUnsafe: () => (next() & 1) === 0 ? bits() : -bits()
  }
}

/** The named stream of this run. Never fails. */
export const stream = (name: string): Effect.Effect<Stream> =>
  Effect.map(Effect.service(Seed), (seed) => streamFor(seed, name))

/** Lets an effect draw from the named stream of this run instead of the ambient one. */
export const withStream =
  (name: string) => <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.flatMap(stream(name), (random) => Effect.provideService(effect, Random.Random, random))

/** A whole number in [0, bound). `bound` is at least 1. */
export const below = (random: Stream, bound: number): number => Math.floor(random.nextDoubleUnsafe() * bound)

const hexBytes = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"))
/** Of one draw; a number holds them exactly. */
const bytesADraw = 6

/** `length` lower-case hexadecimal digits. */
export const hex = (random: Stream, length: number): string => {
  let text = ""
  while (text.length < length) {
    let left = below(random, 2 ** (8 * bytesADraw))
    for (let i = 0; i < bytesADraw; i++) {
      text += hexBytes[left % 256]
      left = Math.floor(left / 256)
    }
  }
  return text.slice(0, length)
}
