import { Context, Effect } from "effect"
import type { InstanceId } from "../model/Ids.js"

/** What the controller notices that is no trunk's step: data for metrics and the like. Times are milliseconds. */
export type Notice =
  /** A node's trunk is ready: found or made, attached, and its branches remembered. `took`: since the look that got so far began. */
  | { readonly _tag: "TrunkReady"; readonly node: string; readonly instanceId: InstanceId; readonly took: number }
  /** A node's trunk is not ready: the EC2 action that failed, and its code. */
  | { readonly _tag: "TrunkFailed"; readonly node: string; readonly action: string; readonly code: string }
  /** A trunk that was found was made with other groups, or in another subnet, than one that would be made today. */
  | {
    readonly _tag: "TrunkDiffers"
    readonly node: string
    readonly instanceId: InstanceId
    readonly attribute: "security_groups" | "subnet"
  }
  /** A node's capacity could not be published. */
  | { readonly _tag: "CapacityUnpublished"; readonly node: string }
  /** A CNINode that had gone while its node lives was made again, or could not be. */
  | { readonly _tag: "CniNodeRemade"; readonly node: string; readonly failed: boolean }
  /** A sweep came through. Interfaces that two looks found without an owner: the controller's own, and the CNI plugin's; `left` could not be deleted. */
  | { readonly _tag: "Swept"; readonly own: number; readonly cni: number; readonly left: number }
  /** The interfaces of a terminated instance could not all be removed; it is tried again. */
  | { readonly _tag: "CleanupFailed"; readonly instanceId: InstanceId }

/** Told every notice, in order; it must not throw, and it runs within the work it is told of, so it is to be quick. */
export type NoticeObserver = (notice: Notice) => void

/** Who is told; nobody unless provided round `Controller.make`. */
export const Notices: Context.Reference<NoticeObserver> = Context.Reference<NoticeObserver>(
  "@branchline/core/controller/Notices",
  { defaultValue: () => () => undefined }
)

/** Tells a notice. */
export const notice = (one: Notice): Effect.Effect<void> => Effect.map(Notices, (tell) => tell(one))
