import { controllerIdentities } from "@branchline/core/model/Names"
import { type Fact, isRefused, type PodFact } from "../facts/Fact.js"
import { failedOpen } from "../facts/Webhooks.js"
import { type Bearer, bearers, orderOf } from "./Bearers.js"
import type { Gathered } from "./Gather.js"
import type { PodTimeline } from "./Schema.js"
import { stepOf } from "./Steps.js"

/** What a pod's story is asked for. */
export interface StoryAsked {
  /** Who besides the known controllers may write annotations. */
  readonly controllers: ReadonlyArray<string>
  /** How long a pod may wait before it is stuck, in milliseconds. */
  readonly stuckAfter: number
}

type Around = Exclude<Fact, PodFact>

/** What is told of the time before a pod: the last few. */
const mostBefore = 3

/** Where the records do not tell the pod's node, those of a handful of nodes are told all. */
const fewNodes = 3

const granted = <Tag extends PodFact["_tag"]>({ facts }: Bearer, tag: Tag): ReadonlyArray<Extract<PodFact, { readonly _tag: Tag }>> =>
  facts.filter((fact): fact is Extract<PodFact, { readonly _tag: Tag }> => fact._tag === tag && !isRefused(fact.deed))

const times = (bearer: Bearer, isController: (user: string) => boolean) => {
  const creation = granted(bearer, "PodCreated")[0]
  const binding = granted(bearer, "PodBound")[0]
  const annotation = granted(bearer, "AnnotationWritten").find(({ deed, value }) => value !== null && isController(deed.user))
  return { creation, binding, annotation, node: binding?.node ?? creation?.node, end: granted(bearer, "PodDeleted") }
}

const between = (name: string, from: number | undefined, to: number | undefined): Readonly<Record<string, number>> =>
  from === undefined || to === undefined ? {} : { [name]: Math.round((to - from) * 1_000) / 1_000 }

const surroundings = (around: ReadonlyArray<Around>, bearer: Bearer, node: string | undefined, namespace: string): ReadonlyArray<Around> => {
  const moments = bearer.facts.flatMap(({ deed }) => deed.at ?? [])
  const from = moments[0] ?? -Infinity
  const to = moments.at(-1) ?? Infinity
  const nodes = new Set(around.flatMap((fact) => ("node" in fact ? [fact.node] : [])))
  const concerns = (fact: Around): boolean =>
    fact._tag === "PolicyChanged" ? fact.namespace === namespace : "node" in fact ? (node === undefined ? nodes.size <= fewNodes : fact.node === node) : true
  const all = around.filter(concerns)
  const timeOf = ({ deed }: Around): number => deed.at ?? -Infinity
  const before = all.filter((fact) => timeOf(fact) < from)
  // Of each kind the last few say how things stood.
  const sorted = before.toSorted((a, b) => timeOf(a) === timeOf(b) ? 0 : timeOf(a) - timeOf(b))
  const kinds = [...new Set(sorted.map(({ _tag }) => _tag))]
  const last = kinds.flatMap((kind) => sorted.filter(({ _tag }) => _tag === kind).slice(-mostBefore))
  return [...last, ...all.filter((fact) => timeOf(fact) >= from && timeOf(fact) <= to)]
}

const findingsOf = (bearer: Bearer, asked: StoryAsked, isController: (user: string) => boolean, latest: number | undefined): ReadonlyArray<string> => {
  const { annotation, binding, creation, end } = times(bearer, isController)
  const findings: Array<string> = []
  if (creation !== undefined && failedOpen(creation.webhooks) && creation.asks !== "yes") {
    findings.push("the webhook was away when this pod was made, and failed open: if a policy selects it, it runs without its groups. Make it again")
  }
  const foreign = granted(bearer, "AnnotationWritten").filter(({ deed, value, whole }) => !isController(deed.user) && !(whole && (value === null || value === annotation?.value)))
  for (const { deed, value } of foreign) findings.push(`the annotation was ${value === null ? "removed" : "written"} by ${deed.user}, who is not the controller`)
  if (creation?.asks !== "yes" || annotation !== undefined || creation.deed.at === undefined) return findings
  if (end.length > 0) return [...findings, "it asked for a branch interface, and ended without its annotation"]
  const since = binding?.deed.at ?? creation.deed.at
  if (latest !== undefined && latest - since >= asked.stuckAfter) {
    findings.push(`${binding === undefined ? "it is bound to no node" : "it is not annotated"} at the end of the records, ${Math.round((latest - since) / 1_000)} s later`)
  }
  return findings
}

const storyOf = (bearer: Bearer, around: ReadonlyArray<Around>, asked: StoryAsked, latest: number | undefined): PodTimeline => {
  const known = new Set([...controllerIdentities, ...asked.controllers])
  const isController = (user: string): boolean => known.has(user)
  const { annotation, binding, creation, node } = times(bearer, isController)
  const named = bearer.facts.find(({ pod }) => pod.name !== "")?.pod ?? bearer.facts[0]?.pod
  const namespace = named?.namespace ?? ""
  const created = creation?.deed.at
  const context = surroundings(around, bearer, node, namespace)
  const order = new Map<Fact, number>(bearer.facts.map((fact, index) => [fact, index]))
  const facts: ReadonlyArray<Fact> = [...context, ...bearer.facts].toSorted((a, b) =>
    orderOf(a) === orderOf(b) ? (order.get(a) ?? -1) - (order.get(b) ?? -1) : orderOf(a) - orderOf(b)
  )
  return {
    ...(bearer.uid === undefined ? {} : { uid: bearer.uid }),
    namespace,
    name: named?.name ?? "",
    ...(node === undefined ? {} : { node }),
    asks: creation?.asks ?? "unknown",
    latencies: {
      ...between("createRequest", creation?.deed.received, created),
      ...between("createToBound", created, binding?.deed.at),
      ...between("boundToAnnotated", binding?.deed.at, annotation?.deed.at),
      ...between("createToAnnotated", created, annotation?.deed.at)
    },
    steps: facts.map((fact, index) => ({ ...stepOf(fact, created, isController), ...between("sinceBefore", facts[index - 1]?.deed.at, fact.deed.at) })),
    findings: findingsOf(bearer, asked, isController, latest)
  }
}

/** The stories of all bearers of a name, oldest first. `latest`: the latest time of all records. */
export const timelines = ({ about, around }: Gathered, asked: StoryAsked, latest: number | undefined): ReadonlyArray<PodTimeline> =>
  bearers(about).map((bearer) => storyOf(bearer, around, asked, latest))
