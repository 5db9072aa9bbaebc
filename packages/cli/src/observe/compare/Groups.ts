import { detailsOf, livingPods, podName } from "@branchline/core/explain/DifferencesPlaces"
import type { EniId, PodUid, SecurityGroupId } from "@branchline/core/model/Ids"
import { itemsOf } from "../../cluster/Found.js"
import type { SeenEvent } from "../../cluster/Seen.js"
import { asTold, millisOf } from "../../explain/Moments.js"
import type { Memory } from "../Memory.js"
import type { Observed } from "../Observed.js"
import type { Facts } from "./Facts.js"

const same = (some: ReadonlyArray<SecurityGroupId>, others: ReadonlyArray<SecurityGroupId>): boolean =>
  some.length === others.length && some.every((one) => others.includes(one))

/** The groups in the controller's event; undefined where the message is another, or was cut off. Source: contract §7, SecurityGroupRequested. */
export const groupsInEvent = (message: string): ReadonlyArray<SecurityGroupId> | undefined => {
  const list = /\[((?:sg-[0-9a-f]+ ?)+)\]/.exec(message)?.[1]
  return list === undefined ? undefined : list.trim().split(" ") as ReadonlyArray<string> as ReadonlyArray<SecurityGroupId>
}

const newest = (events: ReadonlyArray<SeenEvent>): ReadonlyMap<string, SeenEvent> => {
  const found = new Map<string, SeenEvent>()
  const at = (event: SeenEvent): number => millisOf(asTold(event).lastTimestamp) ?? 0
  for (const event of events) {
    const { uid } = event.involvedObject
    if (event.reason !== "SecurityGroupRequested" || !uid) continue
    const known = found.get(uid)
    if (known === undefined || at(event) > at(known) || (at(event) === at(known) && event.metadata.name > known.metadata.name)) found.set(uid, event)
  }
  return found
}

/** What each pod's interface was given when it was made: as remembered, as the controller's event says, or else as it was when it was first seen. */
export const givenGroups = (before: Memory["given"], { interfaces, pods, sight }: Facts): Memory["given"] => {
  const events = newest(itemsOf(sight.look.cluster.events))
  const has = new Map(interfaces.map((one) => [one.eniId, one.groups]))
  const given = new Map<EniId, { readonly pod: PodUid; readonly groups: ReadonlyArray<SecurityGroupId> }>()
  for (const { pod } of livingPods({ pods })) {
    const eniId = detailsOf(pod)?.eniId
    const groups = eniId === undefined ? undefined : has.get(eniId)
    if (eniId === undefined || groups === undefined) continue
    const uid = pod.metadata.uid as PodUid
    const known = before.get(eniId)
    given.set(eniId, known?.pod === uid ? known : { pod: uid, groups: groupsInEvent(events.get(uid)?.message ?? "") ?? groups })
  }
  return given
}

/** Interfaces whose groups somebody has changed since their pod was made. */
export const alteredGroups = ({ interfaces, pods }: Facts, given: Memory["given"]): ReadonlyArray<Observed> => {
  const has = new Map(interfaces.map((one) => [one.eniId, one.groups]))
  return livingPods({ pods }).flatMap(({ pod }): ReadonlyArray<Observed> => {
    const eniId = detailsOf(pod)?.eniId
    const groups = eniId === undefined ? undefined : has.get(eniId)
    const wanted = eniId === undefined ? undefined : given.get(eniId)
    if (eniId === undefined || groups === undefined || wanted === undefined || same(groups, wanted.groups)) return []
    return [{ _tag: "GroupsAltered", pod: podName(pod), eniId, has: groups, given: wanted.groups }]
  })
}

/** What the core says of groups, as far as it is a matter of the policies: where the pod, made again, would get others than it was given. */
export const isOfPolicies = (one: Observed, given: Memory["given"]): boolean => {
  if (one._tag !== "GroupsDiffer") return true
  const groups = given.get(one.eniId)?.groups
  return groups === undefined || !same(groups, one.due)
}
