import { rules } from "./Conditions.js"
import type { Memory, Standing } from "./Memory.js"
import { type Observed, type ObservedKind, observedKey } from "./Observed.js"
import type { Extent, Source } from "./Sources.js"

/** How much was seen of each source. */
export type Extents = Readonly<Record<Source, Extent>>

const isMet = (need: Source | `${Source}?`, extents: Extents): boolean =>
  need.endsWith("?") ? extents[need.slice(0, -1) as Source].extent !== "none" : extents[need as Source].extent === "whole"

/** The sorts of difference about which this look can say something. */
export const judgedKinds = (extents: Extents): ReadonlySet<ObservedKind> =>
  new Set(rules.flatMap(({ kinds }) =>
    (Object.entries(kinds) as ReadonlyArray<[ObservedKind, ReadonlyArray<Source | `${Source}?`>]>).flatMap(([kind, needs]) => needs.every((need) => isMet(need, extents)) ? [kind] : [])))

/** What a look has changed. */
export interface Stood extends Pick<Memory, "appeared" | "seen" | "standing"> {
  readonly news: ReadonlyArray<Standing>
  readonly over: ReadonlyArray<Standing>
}

/** What has happened is certain at once; what is so might be on its way. */
const isCertain = ({ _tag }: Observed): boolean => _tag === "VlanReusedEarly"

/**
 * The differences after one more look. What the look can say nothing about stays as it was: that nobody could see it is no sign that it is over. A look that shows the
 * same at the same moment changes nothing.
 *
 * @param settle for how long looks must have seen a difference before it is told, milliseconds
 */
export const stand = (
  memory: Pick<Memory, "appeared" | "seen" | "standing">,
  found: ReadonlyArray<Observed>,
  judged: ReadonlySet<ObservedKind>,
  { now, settle }: { readonly now: number; readonly settle: number }
): Stood => {
  const standing = new Map([...memory.standing].filter(([, { what }]) => !judged.has(what._tag)))
  const seen = new Map([...memory.seen].filter(([, { kind }]) => !judged.has(kind)))
  const appeared = new Map(memory.appeared)
  const news: Array<Standing> = []
  for (const what of found) {
    const key = observedKey(what)
    if (!judged.has(what._tag) || seen.has(key)) continue
    const since = memory.seen.get(key)?.since ?? now
    seen.set(key, { kind: what._tag, since })
    const known = memory.standing.has(key)
    if (!known && !isCertain(what) && now - since < settle) continue
    const one = { what, since }
    standing.set(key, one)
    if (known) continue
    news.push(one)
    appeared.set(what._tag, (appeared.get(what._tag) ?? 0) + 1)
  }
  return { appeared, seen, standing, news, over: [...memory.standing].flatMap(([key, was]) => standing.has(key) ? [] : [was]) }
}
