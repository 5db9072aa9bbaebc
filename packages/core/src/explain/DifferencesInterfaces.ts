import type { EniId } from "../model/Ids.js"
import {
  allocationTag,
  clusterTag,
  clusterTagValue,
  cniOwnerTagValue,
  instanceIdTag,
  ownerTag,
  ownerTagValue,
  trunkEniIdTag,
  vlanIdTag
} from "../model/Names.js"
import { readClaim } from "../allocation/Claim.js"
import type { Difference, WrongTag } from "./Differences.js"
import type { DifferencesFacts, SeenInterface } from "./DifferencesFacts.js"
import { detailsOf, livingPods, trunkOf } from "./DifferencesPlaces.js"
import { vlanOfTag } from "./DifferencesPods.js"

type Claiming = Pick<DifferencesFacts, "instances" | "interfaces" | "pods">

const branchesOfPods = ({ pods }: Pick<DifferencesFacts, "pods">): ReadonlySet<EniId> =>
  new Set(livingPods({ pods }).flatMap(({ pod }) => detailsOf(pod)?.eniId ?? []))

const trunksOfInstances = ({ instances }: Pick<DifferencesFacts, "instances">): ReadonlySet<EniId> =>
  new Set([...instances.values()].flatMap((instance) => trunkOf(instance)?.eniId ?? []))

/**
 * Interfaces that nobody has: named by no living pod's annotation, made for none that waits, and attached to no instance. A trunk that is in use hangs on
 * an instance, whoever's, and ends with it.
 */
export const unclaimed = ({ instances, interfaces, pods }: Claiming): ReadonlyArray<EniId> => {
  const branches = branchesOfPods({ pods })
  const trunks = trunksOfInstances({ instances })
  const waiting = new Set<string>(livingPods({ pods }).flatMap(({ pod }) => detailsOf(pod) === undefined ? [pod.metadata.uid] : []))
  return interfaces.filter(({ eniId, status, tags, type }) => {
    const claim = readClaim(tags[allocationTag] ?? "")
    return !branches.has(eniId) && !trunks.has(eniId) && !(type === "trunk" && status === "in-use") && (claim === undefined || !waiting.has(claim.pod))
  }).map(({ eniId }) => eniId)
}

/** When each of the unclaimed was first seen to be; of one that was claimed in between, since it has not been any more. */
export const sinceUnclaimed = (before: ReadonlyMap<EniId, number>, facts: Claiming, now: number): ReadonlyMap<EniId, number> =>
  new Map(unclaimed(facts).map((eniId) => [eniId, before.get(eniId) ?? now]))

const isOfCluster = (tags: SeenInterface["tags"], clusterName: string): boolean => tags[clusterTag(clusterName)] === clusterTagValue

const whatIs = ({ tags, type }: SeenInterface): Extract<Difference, { readonly _tag: "InterfaceUnexplained" }>["what"] =>
  tags[ownerTag] === cniOwnerTagValue ? "left by the CNI plugin" : type === "trunk" ? "trunk" : "branch"

const unexplained = (facts: DifferencesFacts): ReadonlyArray<Difference> => {
  const { clusterName, now, patience, unclaimedSince } = facts
  const nobodys = new Set(unclaimed(facts))
  return facts.interfaces.flatMap((one): ReadonlyArray<Difference> => {
    const { eniId, status, tags } = one
    const since = unclaimedSince.get(eniId)
    if (since === undefined || !nobodys.has(eniId) || !isOfCluster(tags, clusterName)) return []
    // A branch that hangs on its trunk cools there; one that hangs on nothing is on its way only for a moment.
    if (now - since < (status === "in-use" ? patience.cooling : patience.making)) return []
    return [{ _tag: "InterfaceUnexplained", eniId, what: whatIs(one), status, instanceId: tags[instanceIdTag] }]
  })
}

const missing = (tags: SeenInterface["tags"], key: string): ReadonlyArray<WrongTag> => tags[key] ? [] : [{ key, has: tags[key], due: "" }]

const other = (tags: SeenInterface["tags"], key: string, due: string): ReadonlyArray<WrongTag> => tags[key] === due ? [] : [{ key, has: tags[key], due }]

/** The tags that every interface carries, and a branch besides. Source: contract §2. */
const wrongTags = ({ tags }: SeenInterface, isBranch: boolean, clusterName: string): ReadonlyArray<WrongTag> => [
  ...other(tags, ownerTag, ownerTagValue),
  ...other(tags, clusterTag(clusterName), clusterTagValue),
  ...missing(tags, instanceIdTag),
  ...(isBranch ? [...(vlanOfTag(tags[vlanIdTag]) === undefined ? [{ key: vlanIdTag, has: tags[vlanIdTag], due: "" }] : []), ...missing(tags, trunkEniIdTag)] : [])
]

/** What is another with interfaces than it should be. */
export const interfaceDifferences = (facts: DifferencesFacts): ReadonlyArray<Difference> => {
  const branches = branchesOfPods(facts)
  const trunks = trunksOfInstances(facts)
  const wrong = facts.interfaces.flatMap((one): ReadonlyArray<Difference> => {
    if (!branches.has(one.eniId) && !trunks.has(one.eniId)) return []
    const tags = wrongTags(one, branches.has(one.eniId), facts.clusterName)
    return tags.length === 0 ? [] : [{ _tag: "TagsWrong", eniId: one.eniId, tags }]
  })
  return [...wrong, ...unexplained(facts)]
}
