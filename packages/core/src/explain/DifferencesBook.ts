/** Something that is the case for the time being, and since when it has been told, milliseconds since the epoch. */
export interface Standing<A> {
  readonly what: A
  readonly since: number
}

/** What was seen at the looks so far; a value that no function changes. */
export interface Book<A> {
  /** Seen, but in fewer looks in a row than are believed: how many, and since when. */
  readonly doubtful: ReadonlyMap<string, { readonly looks: number; readonly since: number }>
  readonly standing: ReadonlyMap<string, Standing<A>>
}

/** Nothing seen yet. */
export const emptyBook: Book<never> = { doubtful: new Map(), standing: new Map() }

/** What a look has changed: each thing is told once when it appears, and once when it is over. */
export interface Noted<A> {
  readonly book: Book<A>
  readonly appeared: ReadonlyArray<Standing<A>>
  readonly over: ReadonlyArray<Standing<A>>
}

/**
 * The book after one more look.
 *
 * @param seen all that is the case now, by key; of two with one key the first counts
 * @param believed how many looks in a row a thing must be seen in before it counts, 1 or more: two sources are never read at one moment
 */
export const note = <A>(
  book: Book<A>,
  seen: ReadonlyArray<{ readonly key: string; readonly what: A }>,
  { believed, now }: { readonly believed: number; readonly now: number }
): Noted<A> => {
  const standing = new Map<string, Standing<A>>()
  const doubtful = new Map<string, { readonly looks: number; readonly since: number }>()
  const appeared: Array<Standing<A>> = []
  for (const { key, what } of seen) {
    if (standing.has(key) || doubtful.has(key)) continue
    const known = book.standing.get(key)
    if (known !== undefined) {
      standing.set(key, { what, since: known.since })
      continue
    }
    const { looks = 0, since = now } = book.doubtful.get(key) ?? {}
    if (looks + 1 < believed) doubtful.set(key, { looks: looks + 1, since })
    else {
      const news = { what, since }
      standing.set(key, news)
      appeared.push(news)
    }
  }
  const over = [...book.standing].flatMap(([key, was]) => standing.has(key) ? [] : [was])
  return { book: { doubtful, standing }, appeared, over }
}
