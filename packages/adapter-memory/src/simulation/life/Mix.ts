import { ec2Actions } from "@branchline/core/ports/Ec2Actions"
import { Schema } from "effect"
import { troubleSteps, workloadSteps, World } from "./Plan.js"

const Weight = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0, { expected: "a weight, 0 or more" }))
const Range = Schema.Struct({ min: Schema.Finite, max: Schema.Finite })
export type Range = typeof Range.Type

const weights = <const Kinds extends string>(kinds: ReadonlyArray<Kinds>) =>
  Schema.Struct(Object.fromEntries(kinds.map((kind) => [kind, Schema.optionalKey(Weight)])) as Readonly<Record<Kinds, Schema.optionalKey<typeof Weight>>>)

/** A record's keys in their own order, which is that of the text that they were written in. */
export const keysOf = <Key extends string>(of: Readonly<Partial<Record<Key, unknown>>>): ReadonlyArray<Key> => Object.keys(of) as Array<Key>

/** Weights of which one at least is above 0. */
const choice = <const Kinds extends string>(kinds: ReadonlyArray<Kinds>) =>
  weights(kinds).check(Schema.makeFilter((of) => Object.values<number | undefined>(of).some((weight) => weight !== undefined && weight > 0), { expected: "a weight above 0 at least" }))

/** EC2's operations, by the port's names; `*` is any call. */
const operations = [...keysOf(ec2Actions), "*"] as const

/** What lives are made of: how likely is what. Weights are against one another; what is left out does not happen. */
export const Mix = Schema.Struct({
  /** What a run's medians have to reach to prove anything. Default: 3 nodes, 30 pods that were served, 5 faults that fired, 600 s of quiet. */
  least: Schema.optionalKey(Schema.Struct({ nodes: Schema.Finite, podLives: Schema.Finite, faults: Schema.Finite, quiet: Schema.Finite })),
  /** Seconds over which steps are spread. */
  spread: Range,
  /** Steps of users besides the workloads there are from the beginning, and troubles. */
  steps: Range,
  troubles: Range,
  /** Seconds of quiet at the end. */
  quiet: Schema.Finite,
  nodes: Range,
  instanceTypes: Schema.Record(Schema.String, Weight),
  replicas: Schema.Struct({ "1": Weight, "2": Weight, "3": Weight }),
  asks: weights(World.fields.asks.literals),
  kubelets: weights(World.fields.kubelets.literals),
  idle: weights(World.fields.idle.literals),
  ec2: Schema.Struct({
    latency: weights(World.fields.ec2.fields.latency.literals),
    throttle: weights(World.fields.ec2.fields.throttle.literals),
    /** The chance that describes lag, that freed ids are refused, and that a branch just disassociated is not deleted, and by how many seconds at most. */
    lag: Schema.Struct({ chance: Schema.Finite, most: Schema.Finite }),
    vlanCooldown: Schema.Struct({ chance: Schema.Finite, most: Schema.Finite }),
    releaseDelay: Schema.Struct({ chance: Schema.Finite, most: Schema.Finite }),
    /** The chance that calls which give branches back take half a minute each. Default: none. */
    slowReleases: Schema.optionalKey(Schema.Finite)
  }),
  kubernetes: Schema.Struct({ latency: weights(World.fields.kubernetes.fields.latency.literals) }),
  /** What users do. */
  workload: weights(keysOf(workloadSteps)),
  /** What goes wrong. */
  trouble: weights(keysOf(troubleSteps)),
  /** What is wrong with a replica's sight where it is (`trouble.sight`). Default: any, all alike. */
  sight: Schema.optionalKey(choice(["lag", "stale", "coalesce", "reorder"])),
  /** The calls that `trouble.ec2` and `trouble.kubernetes` strike. Default: the usual ones, all alike. */
  strikes: Schema.optionalKey(Schema.Struct({
    ec2: Schema.optionalKey(choice(operations)),
    kubernetes: Schema.optionalKey(choice(troubleSteps.kubernetes.fields.verb.literals))
  }))
})
export type Mix = typeof Mix.Type

/** A small busy cluster in which most things go wrong at some time. */
export const usual = {
  spread: { min: 240, max: 420 },
  steps: { min: 5, max: 10 },
  troubles: { min: 7, max: 12 },
  quiet: 900,
  nodes: { min: 3, max: 5 },
  instanceTypes: { "m5.large": 8, "c5.xlarge": 2, "m5.xlarge": 1 },
  replicas: { "1": 3, "2": 7, "3": 0 },
  asks: { feature: 8, label: 2 },
  kubelets: { prompt: 7, late: 3 },
  idle: { off: 6, "same-groups": 2, "any-groups": 2 },
  ec2: {
    latency: { none: 1, even: 6, tailed: 3 },
    throttle: { off: 4, documented: 5, tight: 1 },
    lag: { chance: 0.4, most: 10 },
    vlanCooldown: { chance: 0.2, most: 90 },
    releaseDelay: { chance: 0.2, most: 5 }
  },
  kubernetes: { latency: { none: 3, near: 7 } },
  workload: {
    burst: 5,
    deployment: 1,
    statefulset: 1,
    job: 2,
    scale: 3,
    roll: 3,
    remove: 1,
    evict: 3,
    drain: 2,
    join: 1,
    spot: 1,
    replace: 2,
    reregister: 2,
    policy: 2,
    account: 1,
    label: 2,
    config: 1
  },
  trouble: {
    crash: 8,
    freeze: 2,
    partition: 3,
    clock: 1,
    sight: 4,
    watches: 4,
    ec2: 6,
    kubernetes: 5,
    webhooks: 1,
    subnet: 1,
    trunk: 1,
    cninode: 1,
    feature: 1
  },
  sight: { lag: 1, stale: 1, coalesce: 1, reorder: 1 },
  strikes: {
    ec2: {
      describeInstances: 1,
      describeInterfaces: 1,
      describeSubnets: 1,
      createTrunk: 1,
      createBranch: 1,
      permitAttachment: 1,
      attachTrunk: 1,
      associateBranch: 1,
      disassociateBranch: 1,
      deleteInterface: 1,
      setGroups: 1,
      tagInterface: 1,
      "*": 1
    },
    kubernetes: { list: 1, watch: 1, get: 1, create: 1, patch: 1, recordEvent: 1, "*": 1 }
  }
} satisfies Mix
