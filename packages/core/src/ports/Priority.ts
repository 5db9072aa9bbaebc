import { Context } from "effect"

/** What goes first when there is not room for all: new pods, then releases, then upkeep. */
export const priorities = ["allocation", "release", "upkeep"] as const

/**
 * The priority of the work that this fiber does; `WorkQueue` sets it round each piece of work, and what a fiber forks inherits it. An adapter
 * may put the calls that wait in this order; what a call promises does not depend on it. Default `allocation`: webhooks and reads at the
 * start have somebody who waits for them.
 *
 * @example Effect.provideService(kubernetes.get(pods, key), Priority, "upkeep")
 */
export const Priority = Context.Reference<Priority>("@branchline/core/ports/Priority", { defaultValue: () => "allocation" })
export type Priority = (typeof priorities)[number]
