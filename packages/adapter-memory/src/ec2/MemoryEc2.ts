import { Ec2 } from "@branchline/core/ports/Ec2"
import { Context, Effect, Layer } from "effect"
import { Seed } from "../simulation/Streams.js"
import { type CallLog, type Ec2Call, makeCallLog } from "./CallLog.js"
import { type Control, makeControl } from "./Control.js"
import { type Endpoint, makeEndpoint } from "./Endpoint.js"
import { makeIds } from "./Ids.js"
import type { Observation } from "./Observations.js"
import { makePort } from "./Port.js"
import { type Ec2Options, settingsOf } from "./Settings.js"
import { makeTruth, type Truth } from "./Truth.js"
import { makeWorld, type World } from "./World.js"

/** An account with its inside: for what speaks another protocol than the port's. */
export interface OpenedEc2 {
  readonly ec2: MemoryEc2["Service"]
  readonly world: World
  readonly endpoint: Endpoint
  readonly log: CallLog
}

/** See {@link MemoryEc2.make}; of the calls the last `keep` are kept. */
export const open = Effect.fnUntraced(function*(options: Ec2Options = {}, keep?: number): Effect.fn.Return<OpenedEc2> {
  const settings = settingsOf(options, yield* Seed)
  const world = makeWorld(settings, makeIds(settings.seed))
  const log = makeCallLog(keep)
  const endpoint = makeEndpoint(world, log)
  const ec2 = MemoryEc2.of({
    port: makePort(world, endpoint),
    control: makeControl(world),
    calls: Effect.sync(log.calls),
    observations: Effect.sync(() => [...world.observations]),
    observed: () => world.observations,
    observe: log.observe,
    truth: makeTruth(world)
  })
  return { ec2, world, endpoint, log }
})

/**
 * EC2 in memory: one account in one Region, as far as trunks and branches need it (contract §6), under a test's command.
 *
 * ```ts
 * const ec2 = yield* MemoryEc2.make({ latency: { min: "100 millis", max: "500 millis" } })
 * const subnet = yield* ec2.control.addSubnet({ cidr: "192.168.0.0/19" })
 * const instance = yield* ec2.control.launchInstance({ type: "m5.large", subnetId: subnet.subnetId })
 * const trunk = yield* ec2.port.createTrunk({ subnetId: subnet.subnetId, groups: [], description: "", tags: {}, clientToken: "t" })
 * const lines = (yield* ec2.calls).map((call) => formatCall(call))
 * ```
 */
export class MemoryEc2 extends Context.Service<MemoryEc2, {
  readonly port: Ec2["Service"]
  readonly control: Control
  /** The calls that reached EC2 through the port, in order. */
  readonly calls: Effect.Effect<ReadonlyArray<Ec2Call>>
  /** What EC2 saw and a careful controller does not do, in order. */
  readonly observations: Effect.Effect<ReadonlyArray<Observation>>
  /** The list of the observations itself, which grows. */
  readonly observed: () => ReadonlyArray<Observation>
  /** Calls `listener` at once when EC2 has done or refused a call, before anybody hears of it. */
  readonly observe: (listener: (call: Ec2Call) => void) => void
  readonly truth: Truth
}>()("@branchline/adapter-memory/ec2/MemoryEc2") {
  /** An empty account: no subnet, no instance. */
  static readonly make = (options: Ec2Options = {}): Effect.Effect<MemoryEc2["Service"]> => Effect.map(open(options), ({ ec2 }) => ec2)

  /** The account as a service, and its port as the core's. */
  static readonly layer = (options: Ec2Options = {}): Layer.Layer<MemoryEc2 | Ec2> =>
    Layer.effectContext(Effect.map(MemoryEc2.make(options), (ec2) => Context.make(MemoryEc2, ec2).pipe(Context.add(Ec2, ec2.port))))
}
