/** The middle one of some numbers, and how far their tail reaches. */
export interface Distribution {
  readonly median: number
  readonly p99: number
  /** Of all samples together, so that rare long ones count. */
  readonly mean: number
}

export const distribution = (samples: ReadonlyArray<number>): Distribution => {
  const sorted = [...samples].sort((a, b) => a - b)
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  return { median: at(0.5), p99: at(0.99), mean: samples.reduce((sum, sample) => sum + sample, 0) / samples.length }
}

/** How long something is measured, milliseconds; the first is for the JIT compiler and does not count. */
export interface Patience {
  readonly warmUp: number
  readonly measure: number
}

/** What is computed has to go somewhere, or the compiler may leave it out. */
export const lastResult: { value: unknown } = { value: undefined }

const usual: Patience = { warmUp: 500, measure: 1_500 }

/**
 * Microseconds per call of `work`, which is told the number of the call. Calls are timed in batches that are long against the clock's
 * resolution; a batch of 1 where the tail counts.
 */
export const microseconds = (work: (call: number) => unknown, batch = 1, patience = usual): Distribution => {
  let call = 0
  const runFor = (time: number): ReadonlyArray<number> => {
    const samples: Array<number> = []
    const end = performance.now() + time
    let now = performance.now()
    while (now < end) {
      const start = now
      for (let i = 0; i < batch; i++) lastResult.value = work(call++)
      now = performance.now()
      samples.push((now - start) * 1_000 / batch)
    }
    return samples
  }
  runFor(patience.warmUp)
  return distribution(runFor(patience.measure))
}

/** Bytes of JavaScript heap in use after everything unreachable was collected. */
export const heapInUse = (): number => {
  const collect = globalThis.gc
  if (collect === undefined) throw new Error("run with --expose-gc: memory is measured after a collection")
  // What finalizers and weak references let go of in one collection, the next one takes.
  for (let i = 0; i < 4; i++) collect()
  return process.memoryUsage().heapUsed
}
