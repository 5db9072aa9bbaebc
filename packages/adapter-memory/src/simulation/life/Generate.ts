import { below, type Stream, streamFor } from "../Streams.js"
import { keysOf, type Mix, type Range, usual } from "./Mix.js"
import { type Plan, spoilt, type Step, type StepKind, type World } from "./Plan.js"

/** Draws from one stream. */
interface Dice {
  readonly random: Stream
  readonly chance: (share: number) => boolean
  /** A whole number from `min` to `max`. */
  readonly between: (min: number, max: number) => number
  /** Seconds from `min` to `max`, to the millisecond. */
  readonly seconds: (min: number, max: number) => number
  readonly one: <const A>(of: readonly [A, ...ReadonlyArray<A>]) => A
  /** By weight; the last where all are 0. */
  readonly weighted: <Key extends string>(weights: Readonly<Partial<Record<Key, number>>>) => Key
}

const diceOf = (random: Stream): Dice => ({
  random,
  chance: (share) => random.nextDoubleUnsafe() < share,
  between: (min, max) => min + below(random, max - min + 1),
  seconds: (min, max) => Math.round((min + random.nextDoubleUnsafe() * (max - min)) * 1_000) / 1_000,
  one: (of) => of[below(random, of.length)] ?? of[0],
  weighted: (weights) => {
    const keys = keysOf(weights)
    let left = random.nextDoubleUnsafe() * keys.reduce((sum, key) => sum + (weights[key] ?? 0), 0)
    for (const key of keys) {
      const weight = weights[key] ?? 0
      if (left < weight) return key
      left -= weight
    }
    return keys.at(-1)!
  }
})

const worldOf = (mix: Mix, dice: Dice): World => {
  const sometimes = ({ chance, most }: { readonly chance: number; readonly most: number }): number => dice.chance(chance) ? dice.seconds(0, most) : 0
  const world: World = {
    nodes: dice.between(mix.nodes.min, mix.nodes.max),
    instanceType: dice.weighted(mix.instanceTypes),
    replicas: Number(dice.weighted(mix.replicas)),
    asks: dice.weighted(mix.asks),
    kubelets: dice.weighted(mix.kubelets),
    ec2: {
      latency: dice.weighted(mix.ec2.latency),
      lag: sometimes(mix.ec2.lag),
      vlanCooldown: sometimes(mix.ec2.vlanCooldown),
      releaseDelay: sometimes(mix.ec2.releaseDelay),
      throttle: dice.weighted(mix.ec2.throttle)
    },
    kubernetes: { latency: dice.weighted(mix.kubernetes.latency) },
    idle: dice.weighted(mix.idle)
  }
  const { slowReleases } = mix.ec2
  return slowReleases !== undefined && dice.chance(slowReleases) ? { ...world, ec2: { ...world.ec2, releases: "slow" } } : world
}

const apps = ["web", "api"] as const

/** Workloads that a plan has made so far, so that others may act on them. */
interface Made {
  readonly workloads: Array<string>
  bursts: number
}

const newName = (made: Made, kind: string): string => `${kind}-${made.bursts++}`

const anyWorkload = (made: Made, dice: Dice): string => made.workloads[below(dice.random, Math.max(1, made.workloads.length))] ?? "deployment-0"

/** A step of a kind, with the rest drawn. */
export const stepOf = (kind: StepKind, at: number, dice: Dice, made: Made, { sight = usual.sight, strikes }: Mix): Step => {
  const app = dice.one(apps)
  const node = dice.between(0, 9)
  const replica = dice.between(0, 1)
  switch (kind) {
    case "burst":
      return { at, do: kind, name: newName(made, kind), app, pods: dice.between(3, 8), lives: dice.seconds(5, 90) }
    case "pinned":
      return { at, do: kind, name: newName(made, kind), app, node, pods: dice.between(3, 12), lives: dice.seconds(30, 400) }
    case "deployment":
    case "statefulset": {
      const name = newName(made, kind)
      made.workloads.push(name)
      return { at, do: kind, name, app, replicas: dice.between(3, 6) }
    }
    case "job": {
      const name = newName(made, kind)
      made.workloads.push(name)
      return { at, do: kind, name, app, completions: dice.between(3, 8), parallelism: dice.between(2, 4), runs: dice.seconds(2, 20) }
    }
    case "scale":
      return { at, do: kind, name: anyWorkload(made, dice), replicas: dice.between(0, 8) }
    case "roll":
    case "remove":
      return { at, do: kind, name: anyWorkload(made, dice) }
    case "evict":
    case "label":
      return { at, do: kind, pods: dice.between(1, 6) }
    case "drain":
      return { at, do: kind, node, takes: dice.seconds(20, 120) }
    case "join":
      return { at, do: kind }
    case "spot":
    case "reregister":
    case "kubelet":
    case "trunk":
    case "cninode":
    case "feature":
      return { at, do: kind, node }
    case "replace":
      return { at, do: kind, node, ...(dice.chance(0.3) ? { lingers: true } : {}), ...(dice.chance(0.3) ? { keepsPods: true } : {}) }
    case "policy":
      return { at, do: kind, app, groups: dice.chance(0.5) ? [dice.between(0, 4)] : [dice.between(0, 2), dice.between(3, 4)] }
    case "account":
      return { at, do: kind, label: dice.one(["guarded", "open"]) }
    case "config":
      return { at, do: kind, cooldown: dice.between(30, 90) }
    case "crash":
      return { at, do: kind, replica, after: dice.between(0, 40), side: dice.one(["before", "after"]), down: dice.seconds(1, 60) }
    case "freeze":
      return { at, do: kind, replica, lasts: dice.seconds(2, 60) }
    case "partition":
      return { at, do: kind, replica, from: dice.one(["kubernetes", "ec2", "both"]), lasts: dice.seconds(5, 90) }
    case "clock":
      return { at, do: kind, replica, ahead: dice.chance(0.5) ? dice.seconds(0, 120) : -dice.seconds(0, 120) }
    case "sight": {
      const look = { lag: 0, stale: 0, coalesce: 0, reorder: 0 }
      const which = dice.weighted(sight)
      return { at, do: kind, replica, ...look, [which]: dice.seconds(1, 20), lasts: dice.seconds(10, 90) }
    }
    case "watches":
      return { at, do: kind, what: dice.one(["close", "expire", "silence", "repeat"]) }
    case "ec2": {
      const lasts = dice.seconds(5, 60)
      const share = dice.one([0.2, 0.5, 1])
      const operation = dice.weighted(strikes?.ec2 ?? usual.strikes.ec2)
      return dice.chance(0.4)
        ? { at, do: kind, operation, when: "after", share, lasts }
        : { at, do: kind, operation, when: "before", reason: dice.one(["Throttled", "Unavailable", "UnknownOutcome", "Unauthorized", "LimitReached"]), share, lasts }
    }
    case "kubernetes": {
      const lasts = dice.seconds(5, 60)
      const share = dice.one([0.2, 0.5, 1])
      const verb = dice.weighted(strikes?.kubernetes ?? usual.strikes.kubernetes)
      return dice.chance(0.4)
        ? { at, do: kind, verb, when: "after", share, lasts }
        : { at, do: kind, verb, when: "before", reason: dice.one(["Conflict", "Unavailable", "UnknownOutcome", "TooManyRequests"]), share, lasts }
    }
    case "webhooks":
    case "subnet":
      return { at, do: kind, lasts: dice.seconds(5, 60) }
    case "outage":
      return dice.chance(0.7)
        ? { at, do: kind, of: "ec2", reason: dice.one(["Unavailable", "Throttled"]), lasts: dice.seconds(600, 4_200) }
        : { at, do: kind, of: "kubernetes", reason: "Unavailable", lasts: dice.seconds(300, 1_200) }
    case "blackout":
      return { at, do: kind, meanwhile: dice.one(["nothing", "trunk", "cninode", "spoil", "spoil", "spoil"]), node, down: dice.seconds(1, 90) }
    case "spoil":
      return { at, do: kind, pods: dice.between(1, 8), value: dice.one(spoilt) }
    case "text":
      return { at, do: kind, value: dice.one(["abc", "", "10", "0", "1e3"]) }
    case "stray":
      return { at, do: kind, node, tag: dice.one(["0", "121", "150", "150", "4096", "abc"]), under: dice.chance(0.6), claims: dice.chance(0.5), down: dice.seconds(2, 20) }
    case "rival":
      return { at, do: kind, lasts: dice.seconds(20, 180) }
    case "blind":
      return dice.chance(0.3)
        ? { at, do: kind, of: "instance", node, restarts: dice.chance(0.2), anew: true, lasts: dice.seconds(60, 480) }
        : { at, do: kind, of: dice.one(["instance", "branch"]), node, restarts: dice.chance(0.7), lasts: dice.seconds(20, 120) }
    case "unread":
      return { at, do: kind, node, answer: dice.one(["refused", "unanswered"]), lasts: dice.seconds(45, 90) }
    case "unmake":
      return { at, do: kind, restarts: dice.chance(0.5), lasts: dice.seconds(20, 60) }
    case "lost":
      return { at, do: kind, call: dice.one(["createBranch", "associateBranch", "patch"]), name: newName(made, kind), app, pods: dice.between(2, 6), meanwhile: dice.one(["deleted", "deleted", "edited"]), within: dice.seconds(1, 8) }
    case "group":
      return { at, do: kind, app, lasts: dice.seconds(20, 150) }
  }
}

const drawn = ({ max, min }: Range, dice: Dice): number => dice.between(min, max)

/** What there is from the beginning: policies, and something to run. */
const beginning = (mix: Mix, dice: Dice, made: Made): ReadonlyArray<Step> => [
  { at: 0, do: "policy", app: "web", groups: [0] },
  { at: 0, do: "policy", app: "api", groups: [1, 2] },
  stepOf("deployment", dice.seconds(1, 20), dice, made, mix),
  stepOf("statefulset", dice.seconds(1, 20), dice, made, mix),
  stepOf("burst", dice.seconds(15, 60), dice, made, mix),
  stepOf("job", dice.seconds(15, 60), dice, made, mix)
]

export const inOrder = (steps: ReadonlyArray<Step>): ReadonlyArray<Step> => [...steps].sort((a, b) => a.at - b.at)

/** The plan of a seed: the same seed and mix, the same plan. */
export const planOf = (seed: string, mix: Mix): Plan => {
  const world = worldOf(mix, diceOf(streamFor(seed, "plan/world")))
  const dice = diceOf(streamFor(seed, "plan/workload"))
  const trouble = diceOf(streamFor(seed, "plan/trouble"))
  const spread = drawn(mix.spread, dice)
  const made: Made = { workloads: [], bursts: 0 }
  const steps = [...beginning(mix, dice, made)]
  const times = (count: number, of: Dice, from: number) => Array.from({ length: count }, () => of.seconds(from, spread)).sort((a, b) => a - b)
  for (const at of times(drawn(mix.steps, dice), dice, 20)) steps.push(stepOf(dice.weighted(mix.workload), at, dice, made, mix))
  for (const at of times(drawn(mix.troubles, trouble), trouble, 5)) steps.push(stepOf(trouble.weighted(mix.trouble), at, trouble, made, mix))
  return { seed, world, steps: inOrder(steps), quiet: mix.quiet }
}

/** The dice of a stream, for who changes plans. */
export { diceOf }
export type { Dice, Made }
