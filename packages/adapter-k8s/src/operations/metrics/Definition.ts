/** A metric, before anything is measured. The family's name is the key under which it stands in the catalogue. */
export interface Definition {
  readonly type: "counter" | "gauge" | "histogram" | "summary"
  /** One sentence, as `# HELP` prints it. */
  readonly help: string
  readonly labels?: ReadonlyArray<string>
  /** Upper bounds of a histogram's buckets, ascending, without `+Inf`. */
  readonly buckets?: ReadonlyArray<number>
  /** A summary's quantiles, 0 to 1, over the last ten minutes; none gives sum and count alone. */
  readonly quantiles?: ReadonlyArray<number>
  /** Why it stays at 0 in this controller. */
  readonly constant?: string
}

/** Label values of one series. */
export type Labels = Readonly<Record<string, string>>
