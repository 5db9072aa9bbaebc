import type { AllocationStep } from "./Allocation.js"
import type { PodCause } from "./Cause.js"
import type { ToldEvent } from "./Events.js"

/** What a pod's last events say of its branch, for those who have no controller's memory to look at. */
export interface Told {
  readonly about: "allocation" | "annotation" | "line"
  /** What comes after the words that begin every such event (contract §7). */
  readonly message: string
  readonly count: number
}

/**
 * Every branch of the node is taken, in our words or in upstream's, which counts branches that cool down as its delete queue.
 */
const full = /branch interfaces of the node are taken|plus the delete queue is at max capacity/

const wordsOf = (message: string): string => message.replace(/^failed to (allocate branch ENI to pod|annotate pod with branch ENI details): /, "")

/** The last failure that events tell of, unless a later one tells that it was overcome. */
export const toldOf = (events: ReadonlyArray<ToldEvent>): Told | undefined => {
  const last = events.findLast(({ reason }) => reason === "BranchAllocationFailed" || reason === "BranchENIAnnotationFailed" || reason === "ResourceAllocated")
  if (last === undefined || last.reason === "ResourceAllocated") return undefined
  const about = last.reason === "BranchENIAnnotationFailed" ? "annotation" : full.test(last.message) ? "line" : "allocation"
  return { about, message: wordsOf(last.message), count: last.count }
}

/** EC2's error code: `CreateNetworkInterface: InvalidGroup.NotFound: …` as we tell it, `…, InvalidGroup.NotFound: …` or `api error InvalidGroup.NotFound: …` as upstream does. */
export const codeOf = (message: string): string | undefined => (/^\w+: ([\w.]+): /.exec(message) ?? /(?:, |error )([A-Z]\w+(?:\.\w+)*): /.exec(message))?.[1]

const stepOf = (message: string): AllocationStep =>
  /AssociateTrunkInterface|associating/i.test(message) ? "Associating" : /CreateNetworkInterfacePermission|permission/.test(message) ? "Permitting" : "Creating"

/** What a pod waits for as its events tell it. */
export const toldCause = (told: Told, subnetId: string, policiesNamed: (message: string) => ReadonlyArray<string>): PodCause => {
  const { about, count, message } = told
  switch (about) {
    case "annotation":
      return { _tag: "AnnouncementFails", message }
    case "line":
      return { _tag: "SlotsTakenAsTold", message, cooling: !/\b0 cooling down/.test(message) }
    case "allocation":
      return { _tag: "AllocationFails", step: stepOf(message), attempt: count, code: codeOf(message), message, subnetId, policies: policiesNamed(message) }
  }
}
