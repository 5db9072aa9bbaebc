import type { Vitest } from "@effect/vitest"
import { Context, Effect, type Layer } from "effect"
import type { EniId, InstanceId, SecurityGroupId, VlanId } from "../../model/Ids.js"
import { Ec2, type NetworkInterface, type NewInterface } from "../../ports/Ec2.js"
import type { Ec2Error } from "../../ports/Ec2Error.js"

/** An instance to attach a trunk to: `running`, of a type that can have one, with nothing but its primary interface. */
export interface HarnessInstance {
  readonly instanceId: InstanceId
  /** Device indexes of network card 0. */
  readonly deviceIndexes: number
  /** Branches that its trunk carries. */
  readonly branches: number
}

/** What the suite needs besides the port: things that the port cannot make. */
export class Ec2Harness extends Context.Service<Ec2Harness, {
  /** Different in each run against the same account, up to 24 letters, digits and hyphens: the stem of tokens and tags. */
  readonly run: string
  readonly subnetId: string
  /** Security groups of the subnet's VPC. */
  readonly groups: readonly [SecurityGroupId, SecurityGroupId]
  /** A new instance in the subnet on every call. */
  readonly launch: Effect.Effect<HarnessInstance, Ec2Error>
  /** A subnet without a free address; not looked at without the part `full subnets`. */
  readonly fullSubnetId: string
  /** One group more than the account may put on an interface; not looked at without the part `group quota`. */
  readonly tooManyGroups: ReadonlyArray<SecurityGroupId>
}>()("@branchline/core/contract/ec2/Ec2Harness") {}

/** Parts of the contract that a backend may lack: not every emulator knows trunks. */
export type Ec2ContractPart =
  | "trunks"
  | "references"
  | "client tokens"
  | "permissions"
  | "attachments"
  | "associations"
  | "full subnets"
  | "group quota"

/** A backend under test. */
export interface Ec2ContractSetup<E = never> {
  /** The port and what goes with it; built once for the whole suite. A clock of the backend's own may come along. */
  readonly layer: Layer.Layer<Ec2 | Ec2Harness, E>
  /** Parts that the backend lacks; they are left out of the suite. None by default. */
  readonly without?: ReadonlyArray<Ec2ContractPart> | undefined
}

/** Registers tests that have the port and the harness. */
export type It = Vitest.MethodsNonLive<Ec2 | Ec2Harness>

/** Ids of the right form that name nothing. */
export const nowhere = {
  eniId: "eni-0ffffffffffffffff" as EniId,
  instanceId: "i-0ffffffffffffffff" as InstanceId,
  subnetId: "subnet-0ffffffffffffffff",
  groupId: "sg-0ffffffffffffffff" as SecurityGroupId
}

export const vlan = (id: number): VlanId => id as VlanId

/** A client token of this run; `label` is a test's own. */
export const token = (label: string): Effect.Effect<string, never, Ec2Harness> =>
  Effect.map(Ec2Harness, ({ run }) => `${run}-${label}`)

/** What a test asks for where nothing else matters; `label` is a test's own and goes into token and tag. */
export const wanted = Effect.fnUntraced(function*(label: string, change: Partial<NewInterface> = {}) {
  const { groups, run, subnetId } = yield* Ec2Harness
  const asked: NewInterface = {
    subnetId,
    groups: [groups[0]],
    description: "branchline contract suite",
    tags: { [labelTag]: `${run}/${label}` },
    clientToken: `${run}-${label}`,
    ...change
  }
  return asked
})

export const labelTag = "branchline/contract"

/** A new branch-to-be that may be associated. */
export const permittedBranch = Effect.fnUntraced(function*(label: string) {
  const ec2 = yield* Ec2
  const branch = yield* ec2.createBranch(yield* wanted(label))
  yield* ec2.permitAttachment(branch.eniId)
  return branch
})

/** A new trunk that may be attached. */
export const permittedTrunk = Effect.fnUntraced(function*(label: string) {
  const ec2 = yield* Ec2
  const trunk = yield* ec2.createTrunk(yield* wanted(label))
  yield* ec2.permitAttachment(trunk.eniId)
  return trunk
})

/** The interface as described, when it has come so far. Describes are eventually consistent: the next one may miss it again. */
export const seen = (eniId: EniId, holds: (found: NetworkInterface) => boolean = () => true) =>
  Effect.flatMap(Ec2, (ec2) =>
    eventually(ec2.describeInterfaces({ eniIds: [eniId] }), ([found]) => found !== undefined && holds(found)))

/** Waits until a describe leaves the interface out. */
export const unseen = (eniId: EniId) =>
  Effect.flatMap(Ec2, (ec2) => eventually(ec2.describeInterfaces({ eniIds: [eniId] }), (found) => found.length === 0))

const patience = 120

/** Reads until it holds: every quarter of a second, for half a minute at most. */
export const eventually = Effect.fnUntraced(function*<A, E, R>(read: Effect.Effect<A, E, R>, holds: (value: A) => boolean) {
  let value = yield* read
  for (let attempt = 1; attempt < patience && !holds(value); attempt++) {
    yield* Effect.sleep("250 millis")
    value = yield* read
  }
  return holds(value) ? value : yield* Effect.die(`it never came to hold, last: ${JSON.stringify(value)}`)
})

/** The error of a call that has to fail; its reason and action, so that one assertion says it all. */
export const refusal = <A, R>(call: Effect.Effect<A, Ec2Error, R>) =>
  Effect.map(Effect.flip(call), ({ action, code, message, reason }) => ({ action, reason, explained: code !== "" && message !== "" }))
