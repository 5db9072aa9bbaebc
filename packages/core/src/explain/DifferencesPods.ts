import { Result } from "effect"
import type { SecurityGroupId } from "../model/Ids.js"
import { instanceIdTag, trunkEniIdTag, vlanIdTag } from "../model/Names.js"
import { kindOf, wantsBranch } from "../model/PodTraits.js"
import type { Difference } from "./Differences.js"
import type { DifferencesFacts, SeenInterface, SeenPod } from "./DifferencesFacts.js"
import { annotationOf, detailsOf, livingPods, type Place, places, podName } from "./DifferencesPlaces.js"
import { plain } from "./Words.js"

/** A VLAN id in a tag; undefined where it is no number. */
export const vlanOfTag = (text: string | undefined): number | undefined => text !== undefined && /^\d{1,4}$/.test(text) ? Number(text) : undefined

const sameGroups = (some: ReadonlyArray<SecurityGroupId>, others: ReadonlyArray<SecurityGroupId>): boolean =>
  some.length === others.length && some.every((one) => others.includes(one))

/** In what the interface of an annotation is another than the annotation, the pod's node and its policies say. */
const ofInterface = (
  { groups, pod }: SeenPod,
  { vlanId: annotation }: { readonly vlanId: number },
  { eniId, groups: has, status, tags }: SeenInterface,
  { instanceId, trunkId }: Place
): ReadonlyArray<Difference> => {
  const name = podName(pod)
  const found: Array<Difference> = []
  if (status === "available") found.push({ _tag: "InterfaceNotAssociated", pod: name, eniId })
  const tag = vlanOfTag(tags[vlanIdTag])
  if (tag !== undefined && tag !== annotation) found.push({ _tag: "VlanDiffers", pod: name, eniId, annotation, tag })
  const ofTrunk = tags[trunkEniIdTag]
  if (ofTrunk !== undefined && trunkId !== undefined && ofTrunk !== trunkId) found.push({ _tag: "TrunkDiffers", pod: name, eniId, tag: ofTrunk, trunkId })
  const ofInstance = tags[instanceIdTag]
  if (ofInstance !== undefined && instanceId !== undefined && ofInstance !== instanceId) {
    found.push({ _tag: "InstanceDiffers", pod: name, eniId, tag: ofInstance, instanceId })
  }
  if (groups !== undefined && groups.length > 0 && !sameGroups(has, groups)) found.push({ _tag: "GroupsDiffer", pod: name, eniId, has, due: groups })
  return found
}

const ofRequest = ({ groups, pod, waitingSince }: SeenPod, { now, patience }: DifferencesFacts): ReadonlyArray<Difference> => {
  const { metadata, spec } = pod
  if (metadata.deletionTimestamp) return []
  if (!wantsBranch(pod)) {
    const slipped = groups !== undefined && groups.length > 0 && kindOf(metadata.labels, spec) === "linux"
    return slipped ? [{ _tag: "RequestMissing", pod: podName(pod), groups }] : []
  }
  return spec.nodeName && waitingSince !== undefined && now - waitingSince >= patience.annotation
    ? [{ _tag: "AnnotationMissing", pod: podName(pod), node: spec.nodeName }]
    : []
}

const nowhere: Place = { node: undefined, instanceId: undefined, trunkId: undefined }

const vlansShared = (living: ReadonlyArray<SeenPod>): ReadonlyArray<Difference> => {
  const holders = new Map<string, { readonly node: string; readonly vlanId: number; readonly pods: Array<string> }>()
  for (const { pod } of living) {
    const vlanId = detailsOf(pod)?.vlanId
    const node = pod.spec.nodeName
    if (vlanId === undefined || !node) continue
    const key = `${vlanId}/${node}`
    const known = holders.get(key)
    if (known === undefined) holders.set(key, { node, vlanId, pods: [podName(pod)] })
    else known.pods.push(podName(pod))
  }
  return [...holders.values()].filter(({ pods }) => pods.length > 1).map((shared) => ({ _tag: "VlanShared", ...shared }))
}

/** What is another with pods than it should be. */
export const podDifferences = (facts: DifferencesFacts): ReadonlyArray<Difference> => {
  const named = livingPods(facts).map((seen) => ({ name: podName(seen.pod), seen }))
  const living = named.toSorted((a, b) => a.name < b.name ? -1 : 1).map(({ seen }) => seen)
  const interfaces = new Map(facts.interfaces.map((one) => [one.eniId, one]))
  const placeOf = places(facts)
  const each = living.flatMap((seen): ReadonlyArray<Difference> => {
    const { pod } = seen
    const annotation = annotationOf(pod)
    if (annotation === undefined) return ofRequest(seen, facts)
    if (Result.isFailure(annotation)) return [{ _tag: "AnnotationUnreadable", pod: podName(pod), why: plain(annotation.failure) }]
    const { eniId } = annotation.success
    const found = interfaces.get(eniId)
    if (found === undefined) return [{ _tag: "InterfaceMissing", pod: podName(pod), eniId }]
    return ofInterface(seen, annotation.success, found, placeOf.get(pod.spec.nodeName ?? "") ?? nowhere)
  })
  return [...each, ...vlansShared(living)]
}
