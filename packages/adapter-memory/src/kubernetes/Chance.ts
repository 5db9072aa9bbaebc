import { Effect } from "effect"
import { below, hex, stream } from "../simulation/Streams.js"

/** Random numbers of one concern: a draw here shifts nothing elsewhere. */
export interface Chance {
  /** A version 4 UUID. Source: RFC 9562 §5.4. */
  readonly uuid: () => string
  /** Five characters as generated names end in. Source: `k8s.io/apimachinery/pkg/util/rand`, no vowels and no look-alikes. */
  readonly suffix: () => string
  /** Evenly from `min` (included) to `max` (excluded). */
  readonly between: (min: number, max: number) => number
}

const suffixCharacters = "bcdfghjklmnpqrstvwxz2456789"
const suffixLength = 5
const variants = "89ab"

/** The run's stream of this name. */
export const make = (name: string): Effect.Effect<Chance> =>
  Effect.map(stream(`kubernetes/${name}`), (random) => {
    const pick = (characters: string): string => characters.charAt(below(random, characters.length))
    return {
      uuid: () => {
        const digits = hex(random, 30)
        const [low, middle, high] = [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 15)]
        return `${low}-${middle}-4${high}-${pick(variants)}${digits.slice(15, 18)}-${digits.slice(18)}`
      },
      suffix: () => Array.from({ length: suffixLength }, () => pick(suffixCharacters)).join(""),
      between: (min, max) => min + random.nextDoubleUnsafe() * (max - min)
    }
  })
