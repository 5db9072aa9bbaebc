import { Schema } from "effect"

/** From the life's begin, or how long something takes: seconds, to the millisecond. */
const Seconds = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0, { expected: "seconds, 0 or more" }))
const count = (least: number, most: number) =>
  Schema.Int.check(Schema.isBetween({ minimum: least, maximum: most }, { expected: `a whole number from ${least} to ${most}` }))
const Name = Schema.String.check(Schema.isPattern(/^[a-z]([-a-z0-9]*[a-z0-9])?$/, { expected: "a name of lower-case letters, digits and -" }))
const Share = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }, { expected: "a share from 0 to 1" }))

/** Nodes are counted, and so are replicas: whoever is meant is the one at that place, modulo how many there are. */
const Index = count(0, 1_000)

/** What the cluster is before anything happens in it. */
export const World = Schema.Struct({
  nodes: count(1, 100),
  instanceType: Schema.String,
  /** Of the controller. */
  replicas: count(1, 3),
  /** How node agents ask for trunks (contract §1.1). */
  asks: Schema.Literals(["feature", "label"]),
  /** How fast kubelets wire and unwire. `late` unwires up to 25 seconds after the containers ended. */
  kubelets: Schema.Literals(["prompt", "late"]),
  ec2: Schema.Struct({
    latency: Schema.Literals(["none", "even", "tailed"]),
    /** Describes look back so far at most. */
    lag: Seconds,
    /** A freed VLAN id is refused for so long. */
    vlanCooldown: Seconds,
    /** A branch that was just disassociated is not deleted for so long. */
    releaseDelay: Seconds,
    throttle: Schema.Literals(["off", "documented", "tight"]),
    /** Each call that gives a branch back takes half a minute. */
    releases: Schema.optionalKey(Schema.Literal("slow"))
  }),
  kubernetes: Schema.Struct({ latency: Schema.Literals(["none", "near"]) }),
  /** Idle reuse, where the controller has it. */
  idle: Schema.Literals(["off", "same-groups", "any-groups"])
})
export type World = typeof World.Type

/** What somebody makes of an annotation: an id that is none, a text that is no annotation, or nothing. */
export const spoilt = ["vlan-0", "vlan-4096", "vlan-text", "no-json", "empty", "removed"] as const

const at = { at: Seconds }
const step = <const Do extends string, const Fields extends Schema.Struct.Fields>(name: Do, fields: Fields) =>
  Schema.Struct({ ...at, do: Schema.Literal(name), ...fields })

/** What users and the cluster's own controllers do. */
export const workloadSteps = {
  /** Pods of their own, all at once. `lives`: deleted after so long; else they stay. */
  burst: step("burst", { name: Name, app: Name, pods: count(1, 500), lives: Schema.optionalKey(Seconds) }),
  /** Pods that name their node, as those of a DaemonSet do: nobody asks whether it has room. */
  pinned: step("pinned", { name: Name, app: Name, node: Index, pods: count(1, 500), lives: Seconds }),
  deployment: step("deployment", { name: Name, app: Name, replicas: count(0, 500) }),
  statefulset: step("statefulset", { name: Name, app: Name, replicas: count(0, 500) }),
  /** Each pod runs for so long. */
  job: step("job", { name: Name, app: Name, completions: count(1, 500), parallelism: count(1, 500), runs: Seconds }),
  scale: step("scale", { name: Name, replicas: count(0, 500) }),
  /** A rolling update of a Deployment or StatefulSet. */
  roll: step("roll", { name: Name }),
  /** The workload, or the burst's pods, and all that it owns. */
  remove: step("remove", { name: Name }),
  /** Pods that are drawn. */
  evict: step("evict", { pods: count(1, 500) }),
  /** Cordoned, and its pods evicted; uncordoned after so long. */
  drain: step("drain", { node: Index, takes: Seconds }),
  join: step("join", {}),
  /** Two minutes' notice, and then it is gone, as a spot instance. */
  spot: step("spot", { node: Index }),
  /** The instance ends and another of the same name takes its place. `lingers`: the old one hangs for a while before it ends. */
  replace: step("replace", { node: Index, lingers: Schema.optionalKey(Schema.Boolean), keepsPods: Schema.optionalKey(Schema.Boolean) }),
  /** The Node object is deleted and kubelet registers again, while its pods run. */
  reregister: step("reregister", { node: Index }),
  /** Kubelet starts again: it forgets what the node offers beside its own. */
  kubelet: step("kubelet", { node: Index }),
  policy: step("policy", { app: Name, groups: Schema.Array(Index) }),
  /** A label of the service account changes, by which a second policy selects. */
  account: step("account", { label: Name }),
  /** Somebody changes labels of pods that are drawn. */
  label: step("label", { pods: count(1, 500) }),
  /** `branch-eni-cooldown` of the ConfigMap. */
  config: step("config", { cooldown: count(30, 600) })
}

/** What goes wrong. */
export const troubleSteps = {
  /** Killed at the call after so many, before or after its effect; started again after so long. */
  crash: step("crash", { replica: Index, after: count(0, 100_000), side: Schema.Literals(["before", "after"]), down: Seconds }),
  /** SIGSTOP, and SIGCONT. */
  freeze: step("freeze", { replica: Index, lasts: Seconds }),
  partition: step("partition", { replica: Index, from: Schema.Literals(["kubernetes", "ec2", "both"]), lasts: Seconds }),
  /** The wall clock of a replica's host is set. */
  clock: step("clock", { replica: Index, ahead: Schema.Finite }),
  /** Its watches lag; are told in another order; are told only the last of what happened. */
  sight: step("sight", { replica: Index, lag: Seconds, stale: Seconds, coalesce: Seconds, reorder: Seconds, lasts: Seconds }),
  /** Watches end, expire, fall silent, or tell old news again. */
  watches: step("watches", { what: Schema.Literals(["close", "expire", "silence", "repeat"]) }),
  ec2: step("ec2", {
    operation: Schema.String,
    when: Schema.Literals(["before", "after"]),
    /** Of a call that fails before its effect. */
    reason: Schema.optionalKey(Schema.Literals(["Throttled", "Unavailable", "UnknownOutcome", "Unauthorized", "LimitReached", "InUse"])),
    share: Share,
    lasts: Seconds
  }),
  kubernetes: step("kubernetes", {
    verb: Schema.Literals(["list", "watch", "get", "create", "patch", "delete", "recordEvent", "*"]),
    plural: Schema.optionalKey(Schema.String),
    when: Schema.Literals(["before", "after"]),
    reason: Schema.optionalKey(Schema.Literals(["Conflict", "Unavailable", "UnknownOutcome", "TooManyRequests", "Forbidden"])),
    share: Share,
    lasts: Seconds
  }),
  /** Nobody answers webhooks. */
  webhooks: step("webhooks", { lasts: Seconds }),
  /** No address is free in the subnet. */
  subnet: step("subnet", { lasts: Seconds }),
  /** Somebody deletes a node's trunk. */
  trunk: step("trunk", { node: Index }),
  /** Somebody deletes a CNINode while its node lives. */
  cninode: step("cninode", { node: Index }),
  /** Somebody takes the feature off a node's CNINode. */
  feature: step("feature", { node: Index }),
  /** EC2 or the API server refuses every call of the controller. */
  outage: step("outage", { of: Schema.Literals(["ec2", "kubernetes"]), reason: Schema.Literals(["Unavailable", "Throttled"]), lasts: Seconds }),
  /** All replicas are killed, and started again after so long; somebody's deed falls into the time in which nobody looks. */
  blackout: step("blackout", { meanwhile: Schema.Literals(["nothing", "trunk", "cninode", "spoil"]), node: Index, down: Seconds }),
  /** Somebody writes over the annotations of pods that are drawn: what nobody can read. */
  spoil: step("spoil", { pods: count(1, 500), value: Schema.Literals(spoilt) }),
  /** Somebody writes a text into the ConfigMap where the cooldown's seconds belong. */
  text: step("text", { value: Schema.String }),
  /**
   * While no replica runs, an interface with the controller's tags is there whose VLAN id is `tag`: of a controller before this one. `under`:
   * on the node's trunk. `claims`: for a pod that waits.
   */
  stray: step("stray", { node: Index, tag: Schema.String, under: Schema.Boolean, claims: Schema.Boolean, down: Seconds }),
  /** A second controller that knows no Lease. */
  rival: step("rival", { lasts: Seconds }),
  /** EC2's lists leave out a node's instance, or branches that are drawn; `restarts`: all replicas begin anew then; `anew`: the instance's Node is deleted and registers again. */
  blind: step("blind", { of: Schema.Literals(["instance", "branch"]), node: Index, restarts: Schema.Boolean, anew: Schema.optionalKey(Schema.Boolean), lasts: Seconds }),
  /** All replicas begin anew while instances cannot be read, and a node is replaced meanwhile. */
  unread: step("unread", { node: Index, answer: Schema.Literals(["refused", "unanswered"]), lasts: Seconds }),
  /** The answer to the next create is lost, and somebody deletes what it made; `restarts`: while no replica runs. */
  unmake: step("unmake", { restarts: Schema.Boolean, lasts: Seconds }),
  /** Answers to the call are lost, and before anybody hears the pods that come meanwhile are deleted without grace, or their policy is edited, within so long. */
  lost: step("lost", {
    call: Schema.Literals(["createBranch", "associateBranch", "patch"]),
    name: Name,
    app: Name,
    pods: count(1, 500),
    meanwhile: Schema.Literals(["deleted", "edited"]),
    within: Seconds
  }),
  /** A policy names a group that EC2 does not know, and is mended. */
  group: step("group", { app: Name, lasts: Seconds })
}

export const Step = Schema.Union([...Object.values(workloadSteps), ...Object.values(troubleSteps)])
export type Step = typeof Step.Type
export type StepKind = Step["do"]
export type StepOf<Kind extends StepKind> = Extract<Step, { readonly do: Kind }>

/** One cluster's life, as data: the same plan is the same life, byte for byte. */
export const Plan = Schema.Struct({
  /** Everything that the plan leaves open is drawn from it. */
  seed: Schema.String,
  world: World,
  /** In the order of their times. */
  steps: Schema.Array(Step),
  /** How long nothing happens after the last step and the last trouble, seconds; half of it is the bound within which all has to be well. */
  quiet: Seconds
})
export type Plan = typeof Plan.Type

const troubles: ReadonlySet<string> = new Set(Object.keys(troubleSteps))

/** Whether it is a trouble and not what users do. */
export const isTrouble = ({ do: kind }: Step): boolean => troubles.has(kind)

/** How long an instance goes on running that was replaced and hangs. */
export const lingeringSeconds = 100

/** When what the step began is over, seconds. */
export const endOf = (one: Step): number => {
  switch (one.do) {
    case "burst":
    case "pinned":
      return one.at + (one.lives ?? 0)
    case "lost":
      return one.at + one.within + 5
    case "spot":
      return one.at + 120
    case "replace":
      return one.at + (one.lingers === true ? lingeringSeconds : 0)
    case "drain":
      return one.at + one.takes
    case "job":
      return one.at + one.runs * Math.ceil(one.completions / one.parallelism)
    case "crash":
    case "blackout":
    case "stray":
      return one.at + one.down
    default:
      return "lasts" in one ? one.at + one.lasts : one.at
  }
}

/** When the last step and the last trouble are over, seconds. */
export const calmAt = ({ steps }: Plan): number => steps.reduce((latest, one) => Math.max(latest, endOf(one)), 0)
