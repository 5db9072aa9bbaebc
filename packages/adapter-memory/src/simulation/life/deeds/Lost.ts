import { pods as podResource } from "@branchline/core/model/Resource"
import { Effect } from "effect"
import type { FaultRule } from "../../../faults/FaultRule.js"
import { below } from "../../Streams.js"
import { burst, type Deed, keyOf, later, mayFail, ruled } from "../Deed.js"
import * as Manifests from "../Manifests.js"
import type { StepOf } from "../Plan.js"
import type { Stage } from "../Stage.js"

/** So late whoever calls gives the answer up, seconds. */
const delay = 3

const rules: Readonly<Record<StepOf<"lost">["call"], FaultRule>> = {
  createBranch: { on: { port: "ec2", operation: "createBranch" }, when: "after", delay: `${delay} seconds` },
  associateBranch: { on: { port: "ec2", operation: "associateBranch" }, when: "after", delay: `${delay} seconds` },
  patch: { on: { port: "kubernetes", operation: "patch", match: { plural: "pods" } }, when: "after", delay: `${delay} seconds` }
}

/** So long pods stay that outlive it, seconds. */
const lives = 60

/** Pods come, the answers about them are lost, and each is deleted, or the policy edited, before anybody can have heard. */
export const lost = ({ app, call, meanwhile, name, pods, within }: StepOf<"lost">, stage: Stage): Deed => {
  const { admin, apply } = stage.cluster
  const soon = (): number => (below(stage.chance, 1_000) / 1_000) * within
  const made = Manifests.pods(name, app, pods)
  const deed = meanwhile === "edited"
    ? Effect.andThen(burst(stage, made, within + lives), later(soon(), mayFail(apply(Manifests.policy(app, [below(stage.chance, 5)])))))
    : Effect.andThen(burst(stage, made, undefined), Effect.forEach(made, (pod) => later(soon(), mayFail(admin.delete(podResource, keyOf(pod), { gracePeriodSeconds: 0 }))), { discard: true }))
  return Effect.andThen(ruled(stage, within + delay, rules[call]), deed)
}
