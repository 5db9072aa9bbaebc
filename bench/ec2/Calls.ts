import { countByAction, type Ec2Call } from "@branchline/adapter-memory/ec2/CallLog"
import { documentedRates } from "@branchline/core/controller/Pacing"

export const isThrottled = ({ outcome }: Ec2Call): boolean => outcome._tag === "refused" && outcome.code === "RequestLimitExceeded"

export const throttledIn = (calls: ReadonlyArray<Ec2Call>): number => calls.filter(isThrottled).length

/** What EC2 took up, whatever came of it; the rest went again. */
export const takenUp = (calls: ReadonlyArray<Ec2Call>): ReadonlyArray<Ec2Call> => calls.filter((call) => !isThrottled(call))

/** `CreateNetworkInterface 1000 + 52 throttled, …`. */
export const actionsText = (calls: ReadonlyArray<Ec2Call>): string => {
  const throttled = countByAction(calls.filter(isThrottled))
  return [...countByAction(calls)]
    .map(([action, count]) => {
      const refused = throttled.get(action) ?? 0
      return `${action} ${count - refused}${refused === 0 ? "" : ` + ${refused} throttled`}`
    })
    .join(", ")
}

/** The seconds that a token bucket alone imposes on so many calls of one action: all others wait for their token. */
export const boundOf = (calls: number, capacity = documentedRates.mutating.burst, refill = documentedRates.mutating.perSecond): number =>
  Math.max(0, calls - capacity) / refill
