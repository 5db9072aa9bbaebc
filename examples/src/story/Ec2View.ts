import { countByAction, type Ec2Call } from "@branchline/adapter-memory/ec2/CallLog"
import { align } from "./describe/Tabwriter.js"

/** How often each action was called, in the order of its first call. */
export interface ActionCount {
  readonly action: string
  readonly calls: number
  readonly refused: number
}

export const actionCounts = (calls: ReadonlyArray<Ec2Call>): ReadonlyArray<ActionCount> => {
  const refused = countByAction(calls.filter(({ outcome }) => outcome._tag === "refused"))
  return [...countByAction(calls)].map(([action, count]) => ({ action, calls: count, refused: refused.get(action) ?? 0 }))
}

/** The counts as a table. */
export const ec2Lines = (calls: ReadonlyArray<Ec2Call>): ReadonlyArray<string> => {
  const counts = actionCounts(calls)
  const most = Math.max(5, ...counts.map(({ calls }) => String(calls).length))
  return align([
    `  ACTION\t${"CALLS".padStart(most)}\tREFUSED`,
    ...counts.map(({ action, calls, refused }) => `  ${action}\t${String(calls).padStart(most)}\t${refused === 0 ? "" : String(refused)}`),
    `  total\t${String(calls.length).padStart(most)}\t`
  ]).map((line) => line.trimEnd())
}
