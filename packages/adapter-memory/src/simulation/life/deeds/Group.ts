import { type Deed, lasting, mayFail } from "../Deed.js"
import * as Manifests from "../Manifests.js"
import type { StepOf } from "../Plan.js"
import type { Stage } from "../Stage.js"

/** A policy names a group that there is not. */
export const group = ({ app, lasts }: StepOf<"group">, stage: Stage): Deed => {
  const { cluster } = stage
  stage.struck("group")
  return lasting(lasts, mayFail(cluster.apply(Manifests.policyOfNone(app))), mayFail(cluster.apply(Manifests.policy(app, [0]))))
}
