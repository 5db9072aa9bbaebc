import { Effect, Result } from "effect"
import { readBranchAnnotation } from "@branchline/core/model/BranchAnnotation"
import type { EniId, InstanceId, VlanId } from "@branchline/core/model/Ids"
import { podEni } from "@branchline/core/model/Names"
import type { KubeletPod } from "./KubeletPod.js"
import type { ViolationKind, Violations } from "./Violations.js"

/** What is really so in EC2, asked without delay and without being seen. */
export interface NetworkTruth {
  /** The VLAN id under which the branch hangs on a trunk of the instance; undefined where it does not. */
  readonly vlanOf: (instanceId: InstanceId, eniId: EniId) => Effect.Effect<VlanId | undefined>
  /** Whether a trunk is attached to the instance. */
  readonly hasTrunk: (instanceId: InstanceId) => Effect.Effect<boolean>
}

/** A pod's link on the node. */
export interface Link {
  readonly podUid: string
  readonly eniId: EniId
  readonly vlanId: VlanId
  /** Linux routing table, 100 + VLAN id (contract §11). */
  readonly table: number
}

/** The VPC CNI plugin of one node, as far as branch interfaces go. */
export interface CniPlugin {
  /** ADD: the pod's address, or why the plugin refuses (contract §5). */
  readonly add: (pod: KubeletPod) => Effect.Effect<Result.Result<string, string>>
  /** DEL: takes the pod's network down; again, or for a pod without network: nothing. */
  readonly del: (pod: KubeletPod) => Effect.Effect<void>
  /** Whether the pod still has the branch it was wired with; a branch that is gone is a violation. */
  readonly inspect: (podUid: string) => Effect.Effect<void>
  /** Loses what ADD kept, as a wiped cache directory does: DEL then reads the annotation. */
  readonly forgetResults: Effect.Effect<void>
  /** The links there are, by VLAN id. */
  readonly links: ReadonlyMap<VlanId, Link>
}

/** Where and for whom the plugin works. */
export interface CniOptions {
  readonly nodeName: string
  readonly instanceId: InstanceId
  readonly ipFamily: "ipv4" | "ipv6"
  /** The address of a pod that has no branch, from the node's own interfaces. */
  readonly ordinaryAddress: Effect.Effect<string>
  readonly truth: NetworkTruth
  readonly violations: Violations
}

/** Container 0's limits alone are scanned, by prefix (contract §5). */
export const wantsBranch = (pod: KubeletPod): boolean =>
  Object.keys(pod.spec.containers[0]?.resources?.limits ?? {}).some((name) => name.startsWith(podEni))

const firstTable = 100
/** `default`, `main` and `local`. Source: iproute2, rt_tables. */
const kernelTables: ReadonlySet<number> = new Set([253, 254, 255])

export const make = (options: CniOptions): CniPlugin => {
  const { nodeName, instanceId, truth, violations } = options
  const links = new Map<VlanId, Link>()
  const results = new Map<string, Link>()

  const violation = (kind: ViolationKind, podUid: string, message: string) => violations.add({ kind, nodeName, podUid, message })

  const wire = Effect.fnUntraced(function*(link: Link) {
    const { podUid, eniId, vlanId, table } = link
    const holder = links.get(vlanId)
    if (holder !== undefined && holder.podUid !== podUid) {
      yield* violation("vlan wired twice", podUid, `VLAN ${vlanId} is the link of pod ${holder.podUid}, and pod ${podUid} is wired with it`)
    }
    if (kernelTables.has(table)) yield* violation("kernel routing table", podUid, `VLAN ${vlanId} means table ${table}`)
    const associated = yield* truth.vlanOf(instanceId, eniId)
    if (associated !== vlanId) {
      const found = associated === undefined ? "no association on this node's trunk" : `VLAN ${associated}`
      yield* violation("not associated", podUid, `the annotation says ${eniId} under VLAN ${vlanId}, EC2 has ${found}`)
    }
    // A link of that name is replaced, whoever's it was.
    links.set(vlanId, link)
    results.set(podUid, link)
  })

  const add = Effect.fnUntraced(function*(pod: KubeletPod) {
    if (!wantsBranch(pod)) return Result.succeed(yield* options.ordinaryAddress)
    const text = pod.metadata.annotations?.[podEni]
    if (text === undefined) return Result.fail("the pod has no branch annotation yet")
    const read = readBranchAnnotation(text)
    if (Result.isFailure(read)) return Result.fail(read.failure)
    const { eniId, ipv6Addr, privateIp, vlanId } = read.success
    const address = options.ipFamily === "ipv4" ? privateIp : ipv6Addr
    if (address === "") return Result.fail(`no ${options.ipFamily} address`)
    yield* wire({ podUid: pod.metadata.uid, eniId, vlanId, table: firstTable + vlanId })
    return Result.succeed(address)
  })

  const resultOf = (pod: KubeletPod): Link | undefined => {
    const kept = results.get(pod.metadata.uid)
    const text = pod.metadata.annotations?.[podEni]
    if (kept !== undefined || text === undefined) return kept
    const read = readBranchAnnotation(text)
    if (Result.isFailure(read)) return undefined
    const { eniId, vlanId } = read.success
    return { podUid: pod.metadata.uid, eniId, vlanId, table: firstTable + vlanId }
  }

  const del = Effect.fnUntraced(function*(pod: KubeletPod) {
    const { uid } = pod.metadata
    const result = resultOf(pod)
    results.delete(uid)
    if (result === undefined) return
    const link = links.get(result.vlanId)
    if (link === undefined) return
    links.delete(result.vlanId)
    if (link.podUid !== uid) {
      yield* violation("link torn down by a late DEL", uid, `the DEL of pod ${uid} took VLAN ${result.vlanId} from pod ${link.podUid}`)
    }
  })

  const inspect = Effect.fnUntraced(function*(podUid: string) {
    const link = results.get(podUid)
    if (link === undefined || (yield* truth.vlanOf(instanceId, link.eniId)) === link.vlanId) return
    yield* violation("branch taken away", podUid, `${link.eniId} is no longer under VLAN ${link.vlanId}, and pod ${podUid} uses it`)
  })

  return {
    // The plugin is a program of its own: a pod's end does not stop it half-way.
    add: (pod) => Effect.uninterruptible(add(pod)),
    del: (pod) => Effect.uninterruptible(del(pod)),
    inspect,
    forgetResults: Effect.sync(() => results.clear()),
    links
  }
}
