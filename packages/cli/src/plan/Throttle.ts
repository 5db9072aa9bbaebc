import { documentedRates, type Rate, rateOf } from "@branchline/core/controller/pacing/Rates"

/**
 * When calls of one action go out at the earliest, as EC2's default bucket grants them: called with times that never go back, each call takes a token and answers its
 * time, milliseconds.
 *
 * Source: contract §6 (bucket and refill); the arithmetic is the virtual scheduling of ITU-T I.371, which is a token bucket without a timer.
 */
export type Bucket = (at: number) => number

export const bucket = ({ burst, perSecond }: Rate): Bucket => {
  const spacing = 1_000 / perSecond
  const tolerance = (burst - 1) * spacing
  let expected = 0
  return (at) => {
    const granted = Math.max(at, expected - tolerance)
    expected = Math.max(expected, granted) + spacing
    return granted
  }
}

/** The bucket of an action, full. */
export const bucketOf = (action: string): Bucket => bucket(rateOf(documentedRates, action))

/** How long the default bucket takes at least to grant so many calls of an action at once, milliseconds. */
export const leastTime = (action: string, calls: number): number => {
  const { burst, perSecond } = rateOf(documentedRates, action)
  return (Math.max(0, calls - burst) * 1_000) / perSecond
}
