/** Fingerprints of one generation: 2^20 places for half as many of them, 8 MiB. */
const places = 2 ** 20
const fullAt = places / 2

const fnvOffset = 0x811c9dc5
const fnvPrime = 0x01000193

/** FNV-1a, 32 bits. Source: RFC 9923. */
const hash = (text: string, start: number): number => {
  let value = start
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), fnvPrime)
  return value >>> 0
}

/** Remembers what was seen, in bounded memory. */
export interface Seen {
  /** Whether this is seen for the first time, as far as memory goes: the last half million at least. */
  readonly isNew: (text: string) => boolean
  /** Whether it was seen; nothing is remembered. */
  readonly has: (text: string) => boolean
  /** Whether anything was forgotten. */
  readonly forgot: () => boolean
}

/**
 * Memory of 64-bit fingerprints in two generations, the older of which is forgotten when the younger is full. That two texts of a million share a fingerprint has a
 * chance of one in ten million.
 */
export const seen = (): Seen => {
  let young = new Uint32Array(places * 2)
  let old: Uint32Array | undefined
  let count = 0
  let forgot = false

  /** The place of a fingerprint, or the free one where it belongs. */
  const placeIn = (table: Uint32Array, low: number, high: number): number => {
    let index = low & (places - 1)
    while (table[index * 2] !== 0 && (table[index * 2] !== low || table[index * 2 + 1] !== high)) index = (index + 1) & (places - 1)
    return index
  }

  const low = (text: string): number => hash(text, fnvOffset) || 1
  const high = (text: string): number => hash(text, fnvPrime)

  const has = (text: string): boolean => {
    const one = low(text)
    const two = high(text)
    return young[placeIn(young, one, two) * 2] === one || old !== undefined && old[placeIn(old, one, two) * 2] === one
  }

  return {
    has,
    isNew: (text) => {
      if (has(text)) return false
      if (count === fullAt) {
        forgot = forgot || old !== undefined
        old = young
        young = new Uint32Array(places * 2)
        count = 0
      }
      const one = low(text)
      const two = high(text)
      const place = placeIn(young, one, two)
      young[place * 2] = one
      young[place * 2 + 1] = two
      count++
      return true
    },
    forgot: () => forgot
  }
}
