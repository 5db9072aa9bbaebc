import { differences } from "@branchline/core/explain/Differences"
import { capacityByLabel } from "./compare/Capacity.js"
import { factsOf, waitingSince } from "./compare/Facts.js"
import { alteredGroups, givenGroups, isOfPolicies } from "./compare/Groups.js"
import { leaseDifferences, leaseMemories, twoControllers } from "./compare/Leases.js"
import { olderThanPolicies, unmatchedRequests } from "./compare/Requests.js"
import { reusedEarly } from "./compare/VlanIds.js"
import { webhookDifferences } from "./compare/Webhooks.js"
import { conditionsNow, type Transition } from "./ConditionsNow.js"
import type { Condition, Memory, Standing } from "./Memory.js"
import type { Observed } from "./Observed.js"
import type { JudgeSettings } from "./Settings.js"
import type { Sight } from "./Sight.js"
import { extents } from "./Sources.js"
import { type Extents, judgedKinds, stand } from "./Standing.js"

/** What came of a look: a sight, or why there is none. */
export type Looked = { readonly _tag: "Sight"; readonly sight: Sight } | { readonly _tag: "Failed"; readonly why: string }

/** What is to be remembered and told after a look. */
export interface Judgement {
  readonly memory: Memory
  /** All that stand, in the order of what they are about. */
  readonly differences: ReadonlyArray<Standing>
  /** Those that this look has added, and those that it has ended. */
  readonly news: ReadonlyArray<Standing>
  readonly over: ReadonlyArray<Standing>
  readonly conditions: ReadonlyArray<Condition>
  readonly transitions: ReadonlyArray<Transition>
  /** Undefined where the look failed. */
  readonly extents: Extents | undefined
}

const failed = (memory: Memory, why: string, now: number): Judgement => {
  const { conditions, transitions } = conditionsNow(memory.conditions, { _tag: "Failed", why }, now)
  return {
    memory: { ...memory, conditions },
    differences: [...memory.standing.values()],
    news: [],
    over: [],
    conditions: [...conditions.values()],
    transitions,
    extents: undefined
  }
}

/** All comparisons, and what they remember for the next look. What could not be seen leaves its memory as it was. */
const compared = (memory: Memory, sight: Sight, now: number, settings: JudgeSettings, seen: Extents) => {
  const facts = factsOf(memory, sight, now, settings)
  const given = seen.interfaces.extent === "none" || seen.pods.extent === "none" ? memory.given : givenGroups(memory.given, facts)
  const leases = leaseMemories(memory.leases, sight, now)
  const vlans = reusedEarly(memory, facts)
  const areClaimsSeen = seen.pods.extent === "whole" && seen.interfaces.extent === "whole" && seen.instances.extent === "whole"
  const found: ReadonlyArray<Observed> = [
    ...webhookDifferences(sight),
    ...leaseDifferences(sight, leases, now),
    ...twoControllers(sight),
    ...olderThanPolicies(differences(facts).filter((one) => isOfPolicies(one, given)), facts),
    ...(seen.instances.extent === "none" ? capacityByLabel(facts) : []),
    ...unmatchedRequests(facts),
    ...alteredGroups(facts, given),
    ...[...vlans.happened.values()].map(({ what }) => what)
  ]
  return {
    found,
    remembered: {
      given,
      leases,
      ...vlans,
      waitingSince: seen.pods.extent === "none" ? memory.waitingSince : waitingSince(facts),
      unclaimedSince: areClaimsSeen ? facts.unclaimedSince : memory.unclaimedSince
    }
  }
}

/**
 * What a look means, after those that are remembered: a function of nothing else. The order in which a look lists things means nothing, and the same look at the same
 * moment changes nothing.
 *
 * @param now milliseconds since the epoch: when the look was taken
 * @example
 * const first = judge(noMemory, { _tag: "Sight", sight }, now, settings)
 * const next = judge(first.memory, { _tag: "Sight", sight: later }, now + 60_000, settings)
 */
export const judge = (memory: Memory, looked: Looked, now: number, settings: JudgeSettings): Judgement => {
  if (looked._tag === "Failed") return failed(memory, looked.why, now)
  const { sight } = looked
  const seen = extents(sight, settings.clusterName)
  const { found, remembered } = compared(memory, sight, now, settings, seen)
  const { news, over, ...stood } = stand(memory, found, judgedKinds(seen), { now, settle: settings.settle })
  const firstLook = memory.firstLook ?? now
  const { conditions, transitions } = conditionsNow(memory.conditions, {
    _tag: "Seen",
    extents: seen,
    standing: stood.standing,
    first: firstLook === now,
    unclaimed: remembered.unclaimedSince.size
  }, now)
  return {
    memory: { ...memory, ...remembered, ...stood, firstLook, lastLook: now, conditions },
    differences: [...stood.standing.values()],
    news,
    over,
    conditions: [...conditions.values()],
    transitions,
    extents: seen
  }
}
