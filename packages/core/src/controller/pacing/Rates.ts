/** A token bucket: so many calls at once, and so many a second in the long run. */
export interface Rate {
  readonly burst: number
  readonly perSecond: number
}

/** Where learning starts, per EC2 action: for calls that change something, and for calls that describe. */
export interface Rates {
  readonly mutating: Rate
  readonly describing: Rate
}

/** What EC2 documents as its default, per action, account and Region (contract §6). */
export const documentedRates: Rates = {
  mutating: { burst: 50, perSecond: 5 },
  describing: { burst: 100, perSecond: 20 }
}

/** An action's starting point. */
export const rateOf = (rates: Rates, action: string): Rate => action.startsWith("Describe") ? rates.describing : rates.mutating
