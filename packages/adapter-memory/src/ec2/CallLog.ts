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
  /** What a fault on the wire did to it: `lost after the effect`. */
  readonly struck?: string | undefined
}

/** How often an action was called, and what came of it. */
export interface CallCount {
  readonly calls: number
  /** By code. */
  readonly refused: Readonly<Record<string, number>>
  /** By what faults on the wire did; absent where they did nothing. */
  readonly struck?: Readonly<Record<string, number>>
}

/** The calls, of which the last are kept, and how many there were. */
export interface CallLog {
  readonly push: (call: Ec2Call) => void
  readonly calls: () => ReadonlyArray<Ec2Call>
  /** How often each action was called and what came of it; of all calls, those that are not kept any more included. */
  readonly counts: () => Readonly<Record<string, CallCount>>
  /** Notes what a fault did to a call that is in the log already. */
  readonly strike: (requestId: string, struck: string) => void
  readonly clear: () => void
  /** Calls `listener` at once with each call. */
  readonly observe: (listener: (call: Ec2Call) => void) => void
}

/** @param most how many calls are kept; all of them by default */
export const makeCallLog = (most: number = Infinity): CallLog => {
  let calls: Array<Ec2Call> = []
  const listeners: Array<(call: Ec2Call) => void> = []
  const counts = new Map<string, { calls: number; refused: Record<string, number>; struck?: Record<string, number> }>()
  const countStruck = (action: string, struck: string): void => {
    const count = counts.get(action)
    if (count === undefined) return
    count.struck ??= {}
    count.struck[struck] = (count.struck[struck] ?? 0) + 1
  }
  return {
    push: (call) => {
      calls.push(call)
      // An eighth of them at once: moving them one by one would cost more than the calls.
      if (calls.length > most * 1.125) calls = calls.slice(calls.length - most)
      const count = counts.get(call.action) ?? { calls: 0, refused: {} }
      counts.set(call.action, count)
      count.calls++
      if (call.outcome._tag === "refused") count.refused[call.outcome.code] = (count.refused[call.outcome.code] ?? 0) + 1
      if (call.struck !== undefined) countStruck(call.action, call.struck)
      for (const listener of listeners) listener(call)
    },
    strike: (requestId, struck) => {
      const at = calls.findLastIndex((call) => call.requestId === requestId)
      const call = calls[at]
      if (call === undefined) return
      calls[at] = { ...call, struck }
      countStruck(call.action, struck)
    },
    calls: () => calls.slice(Math.max(0, calls.length - most)),
    counts: () => Object.fromEntries(counts),
    clear: () => {
      calls = []
      counts.clear()
    },
    observe: (listener) => void listeners.push(listener)
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
  const struck = call.struck === undefined ? "" : ` (${call.struck})`
  return `${seconds}s ${call.action}${parameters}${outcome === "" ? "" : ` → ${outcome}`}${struck}`
}
