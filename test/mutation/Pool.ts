/** Runs at most `most` at a time, the first come first. */
export const pool = (most: number) => {
  let running = 0
  const line: Array<() => void> = []
  return async <A>(work: () => Promise<A>): Promise<A> => {
    if (running >= most) await new Promise<void>((resolve) => line.push(resolve))
    else running++
    try {
      return await work()
    } finally {
      const next = line.shift()
      if (next === undefined) running--
      else next()
    }
  }
}
