import type { Step } from "../../../src/allocation/step/Step.js"
import * as Trunk from "../../../src/allocation/Trunk.js"
import type { TrunkEvent } from "../../../src/allocation/TrunkEvent.js"
import type { EniId, PodUid } from "../../../src/model/Ids.js"

/** The link that a node may have for a pod: there from the moment an annotation may be on the pod until its cooldown is over. */
interface Wire {
  pod: string
  readonly eniId: EniId
  readonly vlanId: number
  /** Undefined while the pod lives. */
  until: number | undefined
}

interface Association {
  /** Undefined until the trunk is known that an annotation must have meant. */
  readonly trunkId: EniId | undefined
  readonly vlanId: number
}

/** EC2's associations and the node's links, as they come to be when the machine's commands are obeyed. */
export interface Outside {
  readonly associations: ReadonlyMap<EniId, Association>
  readonly isAssociated: (trunkId: EniId | undefined, vlanId: number) => boolean
  readonly isWired: (vlanId: number, now: number) => boolean
  readonly wireOf: (eniId: EniId) => number | undefined
  readonly follow: (before: Trunk.Trunk, event: TrunkEvent, step: Step) => void
}

const fail = (what: string): never => {
  throw new Error(what)
}

export const makeOutside = (): Outside => {
  const associations = new Map<EniId, Association>()
  const wires: Array<Wire> = []
  /** Client tokens of creates that went out, with their parameters, while their pod is known. */
  const tokens = new Map<string, Map<number, string>>()

  const associate = (eniId: EniId, trunkId: EniId | undefined, vlanId: number): void => {
    for (const [other, at] of associations) {
      if (other !== eniId && at.trunkId === trunkId && at.vlanId === vlanId) fail(`EC2 would have ${other} and ${eniId} on VLAN id ${vlanId}`)
    }
    associations.set(eniId, { trunkId, vlanId })
  }

  const wire = (pod: string, eniId: EniId, vlanId: number, now: number): void => {
    for (const other of wires) {
      const isThere = other.until === undefined || other.until > now
      if (isThere && other.vlanId === vlanId && other.pod !== pod) fail(`the node may have VLAN id ${vlanId} for ${other.pod} and ${pod}`)
    }
    const same = wires.findIndex((other) => other.eniId === eniId && other.vlanId === vlanId)
    if (same !== -1) wires.splice(same, 1)
    wires.push({ pod, eniId, vlanId, until: undefined })
  }

  const created = (pod: string, attempt: number, parameters: string): void => {
    const ofPod = tokens.get(pod) ?? new Map<number, string>()
    tokens.set(pod, ofPod)
    if ((ofPod.get(attempt) ?? parameters) !== parameters) fail(`${pod}/${attempt} goes out twice, with ${ofPod.get(attempt)} and ${parameters}`)
    ofPod.set(attempt, parameters)
  }

  const inEc2 = (before: Trunk.Trunk, event: TrunkEvent, { trunk }: Step): void => {
    const own = "key" in event ? before.branches[Trunk.slotOf(before, event.key)]?.interface?.eniId : undefined
    switch (event._tag) {
      case "BranchAssociated": {
        const branch = Trunk.branchOf(trunk, event.key)!
        associate(own!, trunk.trunkId!, branch.vlanId!)
        break
      }
      case "BranchHeld":
        if (Trunk.slotOfInterface(before, event.details.eniId) === -1) {
          associate(event.details.eniId, before.trunkId, event.details.vlanId)
        }
        break
      case "BranchDiscovered":
      case "BranchFound": {
        const isNew = Trunk.slotOfInterface(before, event.interface.eniId) === -1
        if (isNew && event.associated && event.trunkId !== undefined && event.vlanId !== undefined) {
          associate(event.interface.eniId, event.trunkId, event.vlanId)
        }
        break
      }
      case "BranchElsewhere":
        // It never was here; the id is kept from others by the quarantine alone, until its pod has its own branch under it.
        associations.delete(own!)
        for (const link of wires) if (link.eniId === own) link.until = event.now + before.settings.vlanQuarantine
        break
      case "BranchDisassociated":
      case "BranchDeleted":
        associations.delete(own!)
        break
      case "CommandFailed":
        if (event.kind === "association gone" && Trunk.branchOf(before, event.key)?.state._tag === "Disassociating") associations.delete(own!)
        if (event.kind === "interface gone" && own !== undefined && Trunk.slotOfInterface(trunk, own) === -1) {
          associations.delete(own)
          for (const link of wires) if (link.eniId === own) link.until = event.now
        }
        // A branch that may be wired already and moves: its old id is kept from others by the quarantine alone.
        if (event.kind === "vlan refused" && own !== undefined) {
          const to = trunk.branches[Trunk.slotOfInterface(trunk, own)]?.vlanId
          for (const link of wires) if (link.eniId === own && link.vlanId !== to) link.until = event.now + before.settings.vlanQuarantine
        }
        break
    }
    if (trunk.trunkId !== before.trunkId) {
      for (const [eniId, at] of associations) {
        if (at.trunkId !== before.trunkId) continue
        if (before.trunkId === undefined) associations.set(eniId, { ...at, trunkId: trunk.trunkId })
        else associations.delete(eniId)
      }
    }
  }

  const onNode = (before: Trunk.Trunk, event: TrunkEvent, { trunk, commands }: Step): void => {
    if (event._tag === "PodReleased") {
      for (const link of wires) if (link.pod === event.key) link.until ??= event.now + before.settings.cooldown
    }
    if (event._tag === "PodRequested" || event._tag === "BranchHeld") {
      const own = Trunk.branchOf(trunk, event.pod.uid)
      for (const link of wires) {
        if (event._tag === "BranchHeld" && link.eniId === event.details.eniId) link.pod = event.pod.uid
        if (link.pod !== event.pod.uid) continue
        const isCurrent = link.eniId === own?.interface?.eniId && link.vlanId === (own.vlanId ?? link.vlanId)
        if (isCurrent) link.until = undefined
        else link.until ??= event.now + before.settings.cooldown
      }
    }
    if (event._tag === "BranchHeld") wire(event.pod.uid, event.details.eniId, event.details.vlanId, event.now)
    for (const command of commands) {
      if (command._tag === "AnnouncePod") wire(command.pod.uid, command.details.eniId, command.details.vlanId, event.now)
      if (command._tag === "CreateBranch") {
        const { vlanId, trunkId, groups, subnetId } = command
        created(command.pod.uid, command.attempt, `${vlanId} ${trunkId} ${groups} ${subnetId}`)
      }
    }
    for (let at = wires.length - 1; at >= 0; at--) {
      const { until } = wires[at]!
      if (until !== undefined && until <= event.now) wires.splice(at, 1)
    }
    // An annotation, a discovery or an idle branch comes with a count of its own; a token that is spent by then is EC2's to refuse.
    const { branches } = trunk
    for (const pod of tokens.keys()) {
      const branch = branches[Trunk.slotOf(trunk, pod as PodUid)]
      if (branch !== undefined && branch !== before.branches[branch.vlanId ?? 0] && branch.attempt < Math.max(...tokens.get(pod)!.keys())) {
        tokens.delete(pod)
      }
    }
    for (const pod of tokens.keys()) {
      if (trunk.branches.every((branch) => branch?.key !== pod) && trunk.waiting.every((entry) => entry.pod.uid !== pod)) tokens.delete(pod)
    }
  }

  return {
    associations,
    isAssociated: (trunkId, vlanId) => [...associations.values()].some((at) => at.trunkId === trunkId && at.vlanId === vlanId),
    isWired: (vlanId, now) => wires.some((link) => link.vlanId === vlanId && (link.until === undefined || link.until > now)),
    wireOf: (eniId) => wires.find((link) => link.eniId === eniId)?.vlanId,
    follow: (before, event, step) => {
      if (step.refusal !== undefined) return
      inEc2(before, event, step)
      onNode(before, event, step)
    }
  }
}
