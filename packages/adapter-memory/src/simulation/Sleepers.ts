/** A fiber that sleeps until `at`. */
export interface Sleeper {
  /** Microseconds since the simulation's start. */
  readonly at: number
  readonly wake: () => void
  /** False once its fiber was interrupted; it then waits in the heap to be skipped. */
  live: boolean
}

interface Entry {
  readonly sleeper: Sleeper
  readonly sequence: number
}

const before = (a: Entry, b: Entry): boolean =>
  a.sleeper.at < b.sleeper.at || (a.sleeper.at === b.sleeper.at && a.sequence < b.sequence)

/** Sleeping fibers, a binary heap on (time, order of arrival). */
export interface Sleepers {
  readonly add: (sleeper: Sleeper) => void
  /** Removes and answers all live sleepers of the earliest time, in order of arrival; empty when nobody sleeps. */
  readonly takeEarliest: () => ReadonlyArray<Sleeper>
}

/** An empty heap. */
export const make = (): Sleepers => {
  const heap: Array<Entry> = []
  let sequence = 0

  const siftUp = (entry: Entry): void => {
    let index = heap.length
    heap.push(entry)
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = heap[parent]!
      if (!before(entry, above)) break
      heap[index] = above
      index = parent
    }
    heap[index] = entry
  }

  const siftDown = (entry: Entry): void => {
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++
      if (!before(heap[child]!, entry)) break
      heap[index] = heap[child]!
      index = child
    }
    heap[index] = entry
  }

  const pop = (): Sleeper => {
    const first = heap[0]!.sleeper
    const last = heap.pop()!
    if (heap.length > 0) siftDown(last)
    return first
  }

  return {
    add: (sleeper) => siftUp({ sleeper, sequence: sequence++ }),
    takeEarliest: () => {
      const due: Array<Sleeper> = []
      while (heap.length > 0) {
        const next = heap[0]!.sleeper
        if (!next.live) pop()
        else if (due.length === 0 || next.at === due[0]!.at) due.push(pop())
        else break
      }
      return due
    }
  }
}
