import * as Admitting from "@branchline/core/controller/Admitting"
import * as Controller from "@branchline/core/controller/Controller"
import { type ControllerSettings, defaults } from "@branchline/core/controller/Settings"
import type { Trunk } from "@branchline/core/allocation/Trunk"
import type { TrunkEvent } from "@branchline/core/allocation/TrunkEvent"
import { slotOf } from "@branchline/core/allocation/Trunk"
import * as Election from "@branchline/core/leadership/Election"
import { Ec2 } from "@branchline/core/ports/Ec2"
import { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { Effect } from "effect"
import type { World } from "./Plan.js"
import type { Subject } from "./Subject.js"

const clusterName = "seed"

/** More idle branches on a trunk than this are given up. */
const idleCap = 3

const settingsFor = (world: World, changes: Partial<ControllerSettings>): ControllerSettings => ({
  ...defaults,
  clusterName,
  // Where EC2 shows everything at once, nothing may be left to the sweep: it comes after the life. Else two looks of it are soon enough to be seen in one.
  sweepInterval: world.ec2.lag === 0 ? 30 * 60_000 : 60_000,
  // Few hands where each is held up for long, so that it matters whose turn it is.
  workers: world.ec2.releases === "slow" ? 8 : 16,
  ...changes,
  allocation: {
    ...defaults.allocation,
    ...(world.idle === "off" ? {} : { idle: { regroup: world.idle === "any-groups", timeToLive: 5 * 60_000, cap: idleCap } }),
    ...changes.allocation
  }
})

/** The state of the branch that the event is about, or of the trunk. */
const stateOf = (trunk: Trunk, event: TrunkEvent): string => {
  const key = "key" in event ? event.key : "pod" in event ? event.pod.uid : undefined
  if (key === undefined) return trunk.trunkId === undefined ? "no trunk" : trunk.admitting ? "trunk" : "trunk, not admitting"
  const branch = trunk.branches[slotOf(trunk, key)]
  if (branch !== undefined) return branch.state._tag
  return trunk.waiting.find(({ pod }) => pod.uid === key)?.why ?? "unknown"
}

const nameOf = (event: TrunkEvent): string => event._tag === "CommandFailed" ? `failed: ${event.kind}` : event._tag

/** Branchline itself, as its binary composes it: everybody answers webhooks, one leads. */
export const branchline = (changes: Partial<ControllerSettings> = {}): Subject => ({
  name: "branchline",
  clusterName,
  cooldown: changes.allocation?.cooldown ?? defaults.allocation.cooldown,
  errorsAreDefects: true,
  idleCap: (world) => world.idle === "off" ? 0 : idleCap,
  run: Effect.fnUntraced(function*({ answer, beginsAnew, identity, isRival, visit, world }) {
    const settings = settingsFor(world, changes)
    const kubernetes = yield* Kubernetes
    const ec2 = yield* Ec2
    const admitting = yield* Admitting.make(settings)
    answer(admitting.admit, admitting.isReady)
    const observe: Controller.ControllerOptions["observe"] = (_instanceId, event, _step, before) => visit(stateOf(before, event), nameOf(event))
    if (isRival) {
      yield* Controller.make(settings, { admitting, observe })
      return yield* Effect.never
    }
    const election = yield* Election.make({ identity })
    return yield* election.lead(({ fence }) =>
      Effect.gen(function*() {
        beginsAnew()
        const controller = yield* Controller.make(settings, { admitting, observe })
        yield* Effect.addFinalizer(() => Effect.flatMap(fence.isOpen, (open) => open ? controller.drain("3 seconds") : Effect.succeed(false)))
      }).pipe(
        Effect.provideService(Kubernetes, fence.kubernetes(kubernetes)),
        Effect.provideService(Ec2, fence.ec2(ec2))
      ))
  })
})
