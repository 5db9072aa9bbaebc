/** Parameters of a call by EC2's own names, in one order. */
export type Parameters = Readonly<Record<string, string | number | ReadonlyArray<string>>>

/** One call that reached EC2; a page of a describe is one call. */
export interface Ec2Call {
  /** Clock milliseconds at which EC2 did it, or refused. */
  readonly at: number
  /** EC2's name: `CreateNetworkInterface`. */
  readonly action: string
  readonly parameters: Parameters
  readonly outcome:
    | { readonly _tag: "done"; readonly answer: string }
    | { readonly _tag: "refused"; readonly code: string }
  readonly requestId: string
}

/** The calls, of which the last are kept, and how many there were. */
export interface CallLog {
  readonly push: (call: Ec2Call) => void
  readonly calls: () => ReadonlyArray<Ec2Call>
  /** How often each action was called and what came of it; of all calls, those that are not kept any more included. */
  readonly counts: () => Readonly<Record<string, { readonly calls: number; readonly refused: Readonly<Record<string, number>> }>>
  readonly clear: () => void
}

/** @param most how many calls are kept; all of them by default */
export const makeCallLog = (most: number = Infinity): CallLog => {
  let calls: Array<Ec2Call> = []
  const counts = new Map<string, { calls: number; refused: Record<string, number> }>()
  return {
    push: (call) => {
      calls.push(call)
      // Half of them at once: moving them one by one would cost more than the calls.
      if (calls.length > most * 2) calls = calls.slice(-most)
      const count = counts.get(call.action) ?? { calls: 0, refused: {} }
      counts.set(call.action, count)
      count.calls++
      if (call.outcome._tag === "refused") count.refused[call.outcome.code] = (count.refused[call.outcome.code] ?? 0) + 1
    },
    calls: () => calls.slice(-Math.min(most, calls.length)),
    counts: () => Object.fromEntries(counts),
    clear: () => {
      calls = []
      counts.clear()
    }
  }
}

/** How often each action was called, refused calls included. */
export const countByAction = (calls: ReadonlyArray<Ec2Call>): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const { action } of calls) counts.set(action, (counts.get(action) ?? 0) + 1)
  return counts
}

/**
 * One line for people; the time in seconds since `origin` (clock milliseconds).
 *
 * @example "  1.250s AssociateTrunkInterface TrunkInterfaceId=eni-0… BranchInterfaceId=eni-0… VlanId=1 → trunk-assoc-0…"
 */
export const formatCall = (call: Ec2Call, origin = 0): string => {
  const seconds = ((call.at - origin) / 1_000).toFixed(3).padStart(7)
  const parameters = Object.entries(call.parameters).map(([name, value]) => ` ${name}=${String(value)}`).join("")
  const outcome = call.outcome._tag === "done" ? call.outcome.answer : `refused: ${call.outcome.code}`
  return `${seconds}s ${call.action}${parameters}${outcome === "" ? "" : ` → ${outcome}`}`
}
