/** Numbers in [0, 1) that come again with the same seed. Source: mulberry32, in the public domain. */
export const random = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
}

const pick = <A>(next: () => number, from: ReadonlyArray<A>): A => from[Math.floor(next() * from.length)] as A

// Right ones more often than wrong ones, or nearly every policy would be ignored.
const keys = ["role", "app", "example.com/role", "a.b-c/D_e", "x", "role", "app", "tier", "zone", "a".repeat(63), "-a", "a/b/c", "", "/a", "a/", "a".repeat(64), "A.b/c", "ä", `${"a".repeat(250)}.bc/x`, "a..b/c"]
const values = ["db", "web", "", "1", "A_b.c", "x", "y", "z", "0", "a".repeat(63), "d b", "-db", "db.", "a".repeat(64), "ü"]
const operators = ["In", "NotIn", "Exists", "DoesNotExist", "In", "NotIn", "Exists", "DoesNotExist", "in", "Equals", ""]

const several = <A>(next: () => number, most: number, make: () => A): ReadonlyArray<A> =>
  Array.from({ length: Math.floor(next() * (most + 1)) }, make)

const requirement = (next: () => number) => {
  const operator = pick(next, operators)
  const fitting = (operator === "In" || operator === "NotIn") !== next() < 0.1
  return {
    key: pick(next, keys),
    operator,
    ...(fitting ? { values: [pick(next, values), ...several(next, 1, () => pick(next, values))] } : next() < 0.5 ? { values: [] } : {})
  }
}

const selector = (next: () => number) => ({
  ...(next() < 0.5 ? {} : { matchLabels: Object.fromEntries(several(next, 1, () => [pick(next, keys), pick(next, values)])) }),
  ...(next() < 0.5 ? {} : { matchExpressions: several(next, 1, () => requirement(next)) })
})

/** A policy's spec that upstream's schema accepts, right or wrong beyond that. */
export const randomSpec = (next: () => number): unknown => ({
  ...(next() < 0.2 ? {} : { podSelector: selector(next) }),
  ...(next() < 0.6 ? {} : { serviceAccountSelector: selector(next) }),
  ...(next() < 0.1 ? {} : {
    securityGroups: next() < 0.05 ? {} : { groupIds: [pick(next, ["sg-01234567", "sg-1", "web", "sg-01234567", ""]), ...several(next, 2, () => "sg-89abcdef")] }
  })
})
