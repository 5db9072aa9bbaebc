import { leaderLease } from "@branchline/core/model/Names"
import { replicas } from "./Cluster.js"

/** An entry of the audit log, as far as terms of leadership go. */
interface Entry {
  readonly user: string
  readonly verb: string
  readonly object: string
  readonly received: string
  readonly answered: string
  readonly code: number
}

const entryOf = (entry: Record<string, unknown>): Entry => {
  const user = entry["user"] as { readonly username?: string } | undefined
  const ref = entry["objectRef"] as { readonly resource?: string; readonly subresource?: string; readonly name?: string } | undefined
  const status = entry["responseStatus"] as { readonly code?: number } | undefined
  return {
    user: user?.username ?? "",
    verb: String(entry["verb"]),
    object: [ref?.resource, ref?.subresource, ref?.name].filter((part) => part !== undefined).join("/"),
    received: String(entry["requestReceivedTimestamp"]),
    answered: String(entry["stageTimestamp"]),
    code: status?.code ?? 0
  }
}

const users = new Set(replicas.map(({ name }) => name))
const writes = new Set(["create", "update", "patch", "delete"])
const lease = `leases/${leaderLease.name}`
const isLease = ({ object }: Entry): boolean => object === lease || object === "leases"

/** A question that is asked by a create, and changes nothing. */
const isQuestion = ({ object }: Entry): boolean => object === "selfsubjectaccessreviews"

const entriesOf = (audit: ReadonlyArray<Record<string, unknown>>): ReadonlyArray<Entry> =>
  audit.map(entryOf).filter((entry) => users.has(entry.user) && writes.has(entry.verb) && !isQuestion(entry))

/**
 * The writes that reached the API server from a replica after another one had got the Lease. Whoever changes the Lease with success holds it
 * from then on, until another one does.
 */
export const writesOutsideOfTerm = (audit: ReadonlyArray<Record<string, unknown>>): ReadonlyArray<string> => {
  const entries = entriesOf(audit)
  const changes = entries.filter((entry) => isLease(entry) && entry.code < 300).sort((a, b) => a.answered < b.answered ? -1 : 1)
  return entries.filter((entry) => !isLease(entry)).flatMap((entry) => {
    const holder = changes.findLast(({ answered }) => answered <= entry.received)?.user
    return holder === entry.user ? [] : [`${entry.received} ${entry.user} ${entry.verb} ${entry.object}, while ${holder ?? "nobody"} held the lease`]
  })
}

/** How much each replica wrote. */
export const writesPerUser = (audit: ReadonlyArray<Record<string, unknown>>): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const entry of entriesOf(audit)) if (!isLease(entry)) counts.set(entry.user, (counts.get(entry.user) ?? 0) + 1)
  return counts
}
