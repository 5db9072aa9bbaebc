import { leaderLease } from "@branchline/core/model/Names"
import { foundOf, itemsOf } from "../../cluster/Found.js"
import type { SeenLease } from "../../cluster/Seen.js"
import { millisOf } from "../../explain/Moments.js"
import { findingsOf } from "../../status/Findings.js"
import type { LeaseMemory, Memory } from "../Memory.js"
import type { Observed } from "../Observed.js"
import { patience, toldFor } from "../Settings.js"
import type { Sight } from "../Sight.js"

/** Source: contract §2, leader lease. */
const usualDuration = 30_000

/** A clock that is wrong by more than this is a difference by itself. */
const wrongClock = 5 * 60_000

const nameOf = ({ metadata }: SeenLease): string => `${metadata.namespace}/${metadata.name}`

const all = ({ look, otherLeases }: Sight): ReadonlyArray<SeenLease> => {
  const found = new Map([...itemsOf(otherLeases), ...itemsOf(look.cluster.leases)].map((lease) => [nameOf(lease), lease]))
  return [...found.values()].toSorted((a, b) => nameOf(a) < nameOf(b) ? -1 : 1)
}

/** What is remembered of the Leases after this look; one that is gone is remembered as it was. */
export const leaseMemories = (before: Memory["leases"], sight: Sight, now: number): Memory["leases"] => {
  const seen = all(sight).map((lease): [string, LeaseMemory] => {
    const known = before.get(nameOf(lease))
    const holder = lease.spec?.holderIdentity ?? ""
    const renewTime = lease.spec?.renewTime ?? ""
    const last = known?.holders.at(-1)
    const kept = (known?.holders ?? []).filter((one) => one === last || now - one.at < toldFor)
    return [nameOf(lease), {
      renewTime,
      since: known !== undefined && known.renewTime === renewTime && last?.holder === holder ? known.since : now,
      holders: holder === "" || last?.holder === holder ? kept : [...kept, { holder, at: now }]
    }]
  })
  return new Map([...before, ...seen])
}

/** By one's own clock, as client-go judges it: for so long nothing of it has changed. At a first look by the holder's clock, with room for its being wrong. */
const isExpired = ({ spec }: SeenLease, memory: LeaseMemory | undefined, now: number): boolean => {
  const duration = (spec?.leaseDurationSeconds ?? 0) * 1000 || usualDuration
  const unchanged = memory === undefined ? 0 : now - memory.since
  const renewed = millisOf(spec?.renewTime) ?? 0
  return unchanged > duration + patience.lease || now - renewed > duration + wrongClock
}

/** Held by nobody, or by several in turns, or two of them held at once. */
export const leaseDifferences = (sight: Sight, memories: Memory["leases"], now: number): ReadonlyArray<Observed> => {
  const lease = `${leaderLease.namespace}/${leaderLease.name}`
  const leader = foundOf(sight.look.cluster.leases, leaderLease.name, leaderLease.namespace)
  const held = all(sight).filter((one) => (one.spec?.holderIdentity ?? "") !== "" && !isExpired(one, memories.get(nameOf(one)), now))
  const found: Array<Observed> = []
  if (held.length === 0) {
    if (leader === "absent" && memories.has(lease)) found.push({ _tag: "LeaseUnheld", lease, why: "deleted" })
    else if (leader !== undefined && leader !== "absent") found.push({ _tag: "LeaseUnheld", lease, why: (leader.spec?.holderIdentity ?? "") === "" ? "given back" : "not renewed" })
  }
  for (const [name, { holders }] of memories) {
    const recent = holders.map(({ holder }) => holder)
    if (new Set(recent).size < recent.length) found.push({ _tag: "LeaseContended", lease: name, holders: [...new Set(recent)].toSorted() })
  }
  if (held.length > 1) found.push({ _tag: "LeadersTwo", leases: held.map(nameOf), holders: held.map(({ spec }) => spec?.holderIdentity ?? "") })
  return found
}

/** What the cluster's events and EC2's interfaces tell of two controllers at once. */
export const twoControllers = ({ look }: Sight): ReadonlyArray<Observed> => findingsOf(look).map(({ text }) => ({ _tag: "TwoControllers", evidence: text }))
