import { Context } from "effect"

/**
 * Whether a write may still leave the process. A fence sets it round the calls that it lets through; an adapter asks once more as a request is about to
 * be written to a connection that stands, for making one can take longer than a leadership lasts, and fails unsent where the answer is no. Default: yes.
 *
 * @example Effect.provideService(kubernetes.create(pods, pod), MayLeave, () => leads)
 */
export const MayLeave = Context.Reference<() => boolean>("@branchline/core/ports/MayLeave", { defaultValue: () => () => true })
