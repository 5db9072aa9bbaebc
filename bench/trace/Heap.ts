/** What is due first comes first; what is due at the same time, in the order of coming. */
export interface Heap<A> {
  readonly push: (at: number, item: A) => void
  readonly pop: () => { readonly at: number; readonly item: A } | undefined
  readonly size: () => number
}

interface Entry<A> {
  readonly at: number
  readonly order: number
  readonly item: A
}

export const heap = <A>(): Heap<A> => {
  const entries: Array<Entry<A>> = []
  let order = 0
  const isBefore = (a: number, b: number): boolean => {
    const [one, two] = [entries[a]!, entries[b]!]
    return one.at < two.at || one.at === two.at && one.order < two.order
  }
  const swap = (a: number, b: number): void => {
    const held = entries[a]!
    entries[a] = entries[b]!
    entries[b] = held
  }
  return {
    size: () => entries.length,
    push: (at, item) => {
      entries.push({ at, order: order++, item })
      for (let index = entries.length - 1; index > 0;) {
        const above = (index - 1) >> 1
        if (isBefore(above, index)) return
        swap(index, above)
        index = above
      }
    },
    pop: () => {
      const first = entries[0]
      const last = entries.pop()
      if (first === undefined || last === undefined) return undefined
      if (entries.length === 0) return first
      entries[0] = last
      for (let index = 0;;) {
        const left = 2 * index + 1
        const least = [left, left + 1].reduce((best, child) => (child < entries.length && isBefore(child, best) ? child : best), index)
        if (least === index) return first
        swap(index, least)
        index = least
      }
    }
  }
}
