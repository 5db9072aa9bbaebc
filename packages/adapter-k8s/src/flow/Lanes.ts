import { priorities } from "@branchline/core/ports/Priority"

/** The lines in which calls wait, the most urgent first: one for each priority of the work, and one for events. */
export const lanes = [...priorities, "events"] as const
export type Lane = (typeof lanes)[number]

/** One value for each lane. */
export type PerLane<A> = Readonly<Record<Lane, A>>

export const perLane = <A>(of: (lane: Lane) => A): Record<Lane, A> => ({
  allocation: of("allocation"),
  release: of("release"),
  upkeep: of("upkeep"),
  events: of("events")
})

/** Of so many turns in a row a lane that waits gets one, whatever is more urgent. */
export const share = 8

/**
 * Whose turn it is: the most urgent lane that waits, but a lane that was passed over `share - 1` times comes first. Events have no such claim
 * while an allocation waits: an annotation is what a pod's start waits for, an event is what somebody may read later.
 *
 * @param passed turns that went to others while the lane waited
 */
export const choose = (waits: (lane: Lane) => boolean, passed: PerLane<number>): Lane | undefined => {
  const inLine = lanes.filter(waits)
  const claims = (lane: Lane) => passed[lane] >= share - 1 && !(lane === "events" && inLine[0] === "allocation")
  return inLine.find(claims) ?? inLine[0]
}
