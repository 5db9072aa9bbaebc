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

/** Pods come, the answers about them are lost, and each is deleted without grace before anybody can have heard. */
export const lost = ({ app, call, name, pods, within }: StepOf<"lost">, stage: Stage): Deed => {
  const made = Array.from({ length: pods }, (_, index) => Manifests.pod(`${name}-${index}`, app))
  const end = (pod: (typeof made)[number]) =>
    later((below(stage.chance, 1_000) / 1_000) * within, mayFail(stage.cluster.admin.delete(podResource, keyOf(pod), { gracePeriodSeconds: 0 })))
  return Effect.andThen(ruled(stage, within + delay, rules[call]), Effect.andThen(burst(stage, made, undefined), Effect.forEach(made, end, { discard: true })))
}
