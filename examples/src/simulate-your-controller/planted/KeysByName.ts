import { Effect } from "effect"
import { good, type Habits } from "../controller/Habits.js"
import { tenantOf } from "../controller/Names.js"

/** PLANTED: a pod is its namespace and name. One of a StatefulSet comes back within seconds, and is given the branch of its predecessor, which cools, wherever that one was. */
export const keysByName = Effect.map(good, (habits): Habits => ({
  ...habits,
  isFor: (branch, { metadata }) => tenantOf(branch).namespace === metadata.namespace && tenantOf(branch).name === metadata.name
}))
