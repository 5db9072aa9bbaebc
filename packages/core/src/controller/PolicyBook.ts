import type { SecurityGroupPolicy } from "../model/SecurityGroupPolicy.js"
import * as PolicyIndex from "../selection/PolicyIndex.js"
import type { Change } from "./Reflector.js"

/** The policies in force, compiled as they come. */
export interface PolicyBook {
  readonly index: () => PolicyIndex.PolicyIndex
  readonly note: (change: Change<SecurityGroupPolicy>) => void
}

export const make = (): PolicyBook => {
  let index = PolicyIndex.empty
  return {
    index: () => index,
    note: (change) => {
      index = change._tag === "Vanished"
        ? PolicyIndex.remove(index, change.object.metadata)
        : PolicyIndex.upsert(index, change.object)
    }
  }
}
