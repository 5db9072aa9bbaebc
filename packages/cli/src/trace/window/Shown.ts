/** The first few of many, and how many there were. */
export interface Shown<A> {
  readonly count: number
  readonly first: ReadonlyArray<A>
}

/** Keeps the first `most` of what comes, or the greatest by a measure. */
export interface Keeper<A> {
  readonly add: (item: A) => void
  readonly shown: () => Shown<A>
}

export const firstOf = <A>(most: number): Keeper<A> => {
  const first: Array<A> = []
  let count = 0
  return {
    add: (item) => {
      count++
      if (first.length < most) first.push(item)
    },
    shown: () => ({ count, first })
  }
}

export const greatestOf = <A>(most: number, measure: (item: A) => number): Keeper<A> => {
  const kept: Array<A> = []
  let count = 0
  return {
    add: (item) => {
      count++
      const last = kept[most - 1]
      if (last !== undefined && measure(last) >= measure(item)) return
      const index = kept.findIndex((other) => measure(other) < measure(item))
      kept.splice(index === -1 ? kept.length : index, 0, item)
      if (kept.length > most) kept.pop()
    },
    shown: () => ({ count, first: kept })
  }
}
