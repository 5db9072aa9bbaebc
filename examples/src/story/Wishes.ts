import { Effect, Option, Result } from "effect"
import { atLeastMinimum } from "@branchline/core/controller/Settings"
import { defaultAllocationSettings } from "@branchline/core/allocation/AllocationSettings"
import { limitsOf, publishedLimits, trunkLimitsOf } from "@branchline/core/limits/Limits"
import { badInput, type Finding } from "./BadInput.js"
import { load } from "./manifests/Manifests.js"
import type { Story } from "./Story.js"

/** What the command line asks for. Times are milliseconds. */
export interface Wishes {
  readonly manifests: ReadonlyArray<string>
  readonly nodes: number
  readonly instanceType: string
  readonly for: Option.Option<number>
  readonly cooldown: Option.Option<number>
  readonly delete: ReadonlyArray<string>
  readonly missingGroup: ReadonlyArray<string>
  readonly annotation: Option.Option<"eight" | "five">
  readonly seed: string
}

const recordTitle = "a real cluster's record (EKS 1.22, VPC CNI v1.10.1, 2022), played again"

/** The pod of the seed's record was described when it was so old. */
const recordedAge = 74_000

/** A story, and what a person should know before it is played. */
export interface Prepared {
  readonly story: Story
  readonly warnings: ReadonlyArray<Finding>
}

const instanceTypeFindings = (instanceType: string) => {
  const limits = trunkLimitsOf(publishedLimits, instanceType)
  return Result.isSuccess(limits) ? [] : [{
    message: `--instance-type ${instanceType}: ${limits.failure.message}`,
    mend: "pods that ask for a branch will wait; another type, such as m5.large, has room for them"
  }]
}

const cooldownFindings = (asked: number, cooldown: number): ReadonlyArray<Finding> =>
  asked === cooldown ? [] : [{
    message: `--cooldown: ${asked / 1000}s counts as ${cooldown / 1000}s`,
    mend: "below that a late tear-down could still meet the next pod's link"
  }]

const unknownType = (instanceType: string) => {
  const limits = limitsOf(publishedLimits, instanceType)
  return Result.isSuccess(limits) ? Effect.void : badInput({
    field: "--instance-type",
    message: limits.failure.suggestion === undefined
      ? `there is no instance type "${instanceType}" in the published table`
      : `there is no instance type "${instanceType}" in the published table; the nearest is "${limits.failure.suggestion}"`,
    mend: "name one that is there, such as m5.large"
  })
}

/** What the command line and the manifests amount to; `seedDirectory` holds what is played where none are named. Fails with `BadInput`. */
export const prepare = Effect.fnUntraced(function*(wishes: Wishes, seedDirectory: string) {
  const isSeed = wishes.manifests.length === 0
  yield* unknownType(wishes.instanceType)
  const names = isSeed ? ["sg-policy.yaml", "aws-cli.yaml"].map((name) => `${seedDirectory}/${name}`) : wishes.manifests
  const { manifests, warnings } = yield* load(names)
  const asked = Option.getOrElse(wishes.cooldown, () => defaultAllocationSettings.cooldown)
  const cooldown = atLeastMinimum(asked)
  const prepared: Prepared = {
    story: {
      title: `Security groups for pods: ${isSeed ? recordTitle : names.join(" ")}`,
      manifests,
      seed: wishes.seed,
      nodes: wishes.nodes,
      instanceType: wishes.instanceType,
      cooldown,
      watch: Option.getOrElse(wishes.for, () => isSeed ? recordedAge : undefined),
      missingGroups: new Set(wishes.missingGroup),
      annotationForm: Option.getOrElse(wishes.annotation, () => isSeed ? "five" : "eight"),
      deletions: wishes.delete
    },
    warnings: [...instanceTypeFindings(wishes.instanceType), ...cooldownFindings(asked, cooldown), ...warnings]
  }
  return prepared
})
