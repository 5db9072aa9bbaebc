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
