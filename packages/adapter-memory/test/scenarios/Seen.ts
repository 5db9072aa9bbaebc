import { podEni } from "@branchline/core/model/Names"
import { Effect } from "effect"
import type { Ec2Call } from "../../src/ec2/CallLog.js"
import { textAt } from "../../src/kubernetes/Document.js"
import type { World } from "./World.js"

/** Which calls are meant; each field that is there has to fit. Times are milliseconds since the epoch. */
export interface Calls {
  readonly action?: string
  readonly code?: string
  readonly since?: number
  readonly until?: number
}

/** The calls that reached EC2 and fit, oldest first. */
export const calls = ({ ec2 }: World, { action, code, since = 0, until = Infinity }: Calls = {}): Effect.Effect<ReadonlyArray<Ec2Call>> =>
  Effect.map(ec2.calls, (all) => all.filter((call) =>
    (action === undefined || call.action === action) && call.at >= since && call.at < until &&
    (code === undefined || (call.outcome._tag === "refused" && call.outcome.code === code))
  ))

/** The messages of the events about an object, oldest first; those of one reason where it is given. */
export const messages = (world: World, name: string, reason?: string): Effect.Effect<ReadonlyArray<string>> =>
  Effect.map(world.events(name), (events) =>
    events.filter((event) => reason === undefined || event.reason === reason).map(({ message }) => message ?? ""))

/** What a node's status says of `vpc.amazonaws.com/pod-eni`; undefined where it says nothing. */
export const capacity = (world: World, nodeName: string): Effect.Effect<string | undefined> =>
  Effect.map(world.node(nodeName), (node) => textAt(node ?? {}, "status", "capacity", podEni))

/** The trunk attached to a node's instance, as EC2 knows it this moment. */
export const trunkOf = (world: World, nodeName: string): Effect.Effect<string | undefined> =>
  Effect.map(world.ec2.control.snapshot, ({ instances }) =>
    instances.find(({ instanceId }) => instanceId === world.nodes.get(nodeName)?.instanceId)
      ?.attachments.find(({ type }) => type === "trunk")?.eniId)

/** `name-0`, `name-1`, … */
export const names = (name: string, count: number): ReadonlyArray<string> => Array.from({ length: count }, (_, index) => `${name}-${index}`)
