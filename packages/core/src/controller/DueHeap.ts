/** A binary heap of things by the time at which they are due; at the same time, first in first out. */
export interface DueHeap<A> {
  readonly push: (at: number, item: A) => void
  /** When the first is due; undefined where there is none. */
  readonly next: () => number | undefined
  /** The first, if it is due. */
  readonly popDue: (now: number) => A | undefined
}

interface Entry<A> {
  readonly at: number
  readonly sequence: number
  readonly item: A
}

export const make = <A>(): DueHeap<A> => {
  const heap: Array<Entry<A>> = []
  let sequence = 0
  const before = (a: Entry<A>, b: Entry<A>): boolean => a.at < b.at || (a.at === b.at && a.sequence < b.sequence)
  const swap = (i: number, j: number): void => {
    const entry = heap[i]!
    heap[i] = heap[j]!
    heap[j] = entry
  }
  const sink = (): void => {
    for (let parent = 0;;) {
      let least = parent
      for (const child of [2 * parent + 1, 2 * parent + 2]) {
        if (child < heap.length && before(heap[child]!, heap[least]!)) least = child
      }
      if (least === parent) return
      swap(parent, least)
      parent = least
    }
  }
  return {
    push: (at, item) => {
      heap.push({ at, sequence: sequence++, item })
      for (let child = heap.length - 1; child > 0;) {
        const parent = (child - 1) >> 1
        if (!before(heap[child]!, heap[parent]!)) return
        swap(child, parent)
        child = parent
      }
    },
    next: () => heap[0]?.at,
    popDue: (now) => {
      const first = heap[0]
      if (first === undefined || first.at > now) return undefined
      const last = heap.pop()!
      if (heap.length > 0) {
        heap[0] = last
        sink()
      }
      return first.item
    }
  }
}
