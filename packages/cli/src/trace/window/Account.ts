import { controllerIdentities } from "@branchline/core/model/Names"
import { type Deed, type Fact, isRefused } from "../facts/Fact.js"
import { failedOpen } from "../facts/Webhooks.js"
import { momentOf } from "../facts/Time.js"
import { actors } from "./Actors.js"
import { histogram } from "./Histogram.js"
import type { Life } from "./Life.js"
import { lives } from "./Lives.js"
import { firstOf, greatestOf } from "./Shown.js"
import type { Capacity, Change, Foreign, Slipped, Slow, Stuck, Unserved, Window } from "./Summary.js"

/** What a window is asked for. Times are milliseconds. */
export interface WindowAsked {
  /** How long a pod may wait for its node or its annotation before it is stuck. */
  readonly stuckAfter: number
  /** How many of each list are kept. */
  readonly top: number
  /** Who besides the known controllers may write annotations. */
  readonly controllers: ReadonlyArray<string>
  /** How many pods are kept at once. */
  readonly most: number
}

export const usual: WindowAsked = { stuckAfter: 60_000, top: 10, controllers: [], most: 20_000 }

/** Facts in, one after the other; a summary out, once. Its size does not depend on how many facts there are. */
export interface Account {
  readonly tell: (fact: Fact) => void
  /** `end`: the latest time of all records. */
  readonly close: (end: number | undefined) => Omit<Window, "reading" | "from" | "to">
}

const podOf = ({ name, namespace, uid }: Life) => ({ namespace, name, ...(uid === undefined ? {} : { uid }) })
const nodeOf = ({ node }: Life) => (node === undefined ? {} : { node })
const failureOf = ({ failure }: Life) => (failure === undefined ? {} : { failure })
const doneBy = ({ agent, at, place, user }: Deed) => ({ ...(at === undefined ? {} : { at: momentOf(at) }), user, agent, place })

const earliest = (known: number | undefined, now: number | undefined): number | undefined =>
  known === undefined ? now : now === undefined ? known : Math.min(known, now)

/** The account of a window. */
export const account = (asked: WindowAsked): Account => {
  const controllers = new Set([...controllerIdentities, ...asked.controllers])
  const counts = { created: 0, refused: 0, asked: 0, notAsked: 0, unknown: 0, unnamed: 0, failedOpen: 0, bound: 0, annotated: 0, deleted: 0, earlier: 0, dropped: 0 }
  const times = { createRequest: histogram(), createToBound: histogram(), boundToAnnotated: histogram(), createToAnnotated: histogram() }
  const slipped = firstOf<Slipped>(asked.top)
  const stuck = greatestOf<Stuck>(asked.top, (pod) => pod.for)
  const unserved = greatestOf<Unserved>(asked.top, ({ lived }) => lived)
  const slowest = greatestOf<Slow>(asked.top, ({ createToAnnotated }) => createToAnnotated)
  const foreign = firstOf<Foreign>(asked.top)
  const attempts = firstOf<Foreign>(asked.top)
  const capacities = firstOf<Capacity>(asked.top)
  const changes = firstOf<Change>(asked.top)
  const who = actors()
  const refusals = new Map<number, number>()
  let rewritten = 0

  const measure = (life: Life): void => {
    const { annotated, bound, created } = life
    if (created === undefined) return
    if (life.createTook !== undefined) times.createRequest.record(life.createTook)
    if (bound !== undefined) times.createToBound.record(bound - created)
    if (annotated === undefined) return
    if (bound !== undefined) times.boundToAnnotated.record(annotated - bound)
    times.createToAnnotated.record(annotated - created)
    slowest.add({
      ...podOf(life),
      ...nodeOf(life),
      created: momentOf(created),
      createToAnnotated: annotated - created,
      ...(bound === undefined ? {} : { createToBound: bound - created, boundToAnnotated: annotated - bound })
    })
  }

  const judge = (life: Life, end: number | undefined): void => {
    const { annotated, asks, bound, created, deleting, gone } = life
    const over = gone ?? deleting
    if (life.failedOpen && (asks === "no" || asks === "unknown" && annotated === undefined)) {
      slipped.add({
        ...podOf(life),
        ...(created === undefined ? {} : { created: momentOf(created) }),
        createdBy: life.createdBy,
        why: asks === "no" ? "no resource" : "never annotated",
        place: life.place
      })
    }
    if (asks !== "yes" || annotated !== undefined || created === undefined) return
    if (over !== undefined) return unserved.add({ ...podOf(life), ...nodeOf(life), ...failureOf(life), created: momentOf(created), lived: over - created })
    const since = bound ?? created
    if (end === undefined || end - since < asked.stuckAfter) return
    stuck.add({ ...podOf(life), ...nodeOf(life), ...failureOf(life), waitsFor: bound === undefined ? "node" : "annotation", since: momentOf(since), for: end - since, failures: life.failures })
  }

  const close = (life: Life, end: number | undefined): void => {
    // A deletion alone may be that of a pod that was told and left.
    if (life.created === undefined && (life.bound !== undefined || life.annotated !== undefined || life.failures > 0)) counts.earlier++
    if (life.bound !== undefined) counts.bound++
    if (life.annotated !== undefined) counts.annotated++
    if (life.gone !== undefined || life.deleting !== undefined) counts.deleted++
    measure(life)
    judge(life, end)
  }

  const known = lives(asked.most, (life, dropped) => {
    if (dropped) counts.dropped++
    else close(life, undefined)
  })

  const created = (fact: Extract<Fact, { readonly _tag: "PodCreated" }>): void => {
    const { deed, pod } = fact
    who.did(deed, isRefused(deed) ? "pods refused" : "pods created")
    if (isRefused(deed)) {
      counts.refused++
      return
    }
    const open = failedOpen(fact.webhooks)
    counts.created++
    counts[fact.asks === "yes" ? "asked" : fact.asks === "no" ? "notAsked" : "unknown"]++
    if (open) counts.failedOpen++
    if (pod.name === "") {
      counts.unnamed++
      return
    }
    const life = known.of(pod, deed.at, deed.place, true)
    life.created = deed.at ?? life.first
    life.createTook = deed.at !== undefined && deed.received !== undefined ? deed.at - deed.received : undefined
    life.createdBy = deed.user
    life.place = deed.place
    life.asks = fact.asks
    life.failedOpen = open
    if (fact.node !== undefined) life.node = fact.node
  }

  const annotated = ({ deed, pod, value, whole }: Extract<Fact, { readonly _tag: "AnnotationWritten" }>): void => {
    const own = controllers.has(deed.user)
    if (own && isRefused(deed)) {
      refusals.set(deed.code ?? 0, (refusals.get(deed.code ?? 0) ?? 0) + 1)
      return
    }
    const life = known.of(pod, deed.at, deed.place, false)
    const at = deed.at ?? life.first
    const before = life.annotation
    if (own) {
      who.did(deed, "annotations written")
      if (value === null) return
      if (before !== undefined && before !== value) rewritten++
      life.annotated = earliest(life.annotated, at)
    } else {
      // A whole pod carries along what it had; where nobody knows what that was, it cannot be told from a change.
      const carried = whole && (value === null ? before === undefined : before === undefined || before === value)
      if (carried || value === null && before === undefined && life.created !== undefined && !whole) return
      who.did(deed, isRefused(deed) ? "refused attempts at annotations" : "annotations of others")
      const list = isRefused(deed) ? attempts : foreign
      list.add({
        ...podOf(life),
        ...doneBy(deed),
        did: value === null ? "removed" : before === undefined ? "set" : "changed",
        ...(value === null ? {} : { value }),
        ...(deed.code === undefined ? {} : { code: deed.code })
      })
      if (isRefused(deed)) return
    }
    if (at < life.annotationSince) return
    life.annotation = value ?? undefined
    life.annotationSince = at
  }

  const change = (kind: Change["kind"], name: string, verb: string, what: string, deed: Deed): void => {
    who.did(deed, `${kind} ${verb}`)
    changes.add({ ...doneBy(deed), kind, name, verb, what, refused: isRefused(deed) })
  }

  const tell: Account["tell"] = (fact) => {
    const { deed } = fact
    switch (fact._tag) {
      case "PodCreated":
        return created(fact)
      case "AnnotationWritten":
        return annotated(fact)
      case "PodBound": {
        who.did(deed, isRefused(deed) ? "bindings refused" : "pods bound")
        if (isRefused(deed)) return
        const life = known.of(fact.pod, deed.at, deed.place, false)
        life.bound = earliest(life.bound, deed.at)
        life.node = fact.node ?? life.node
        return
      }
      case "PodDeleted": {
        if (isRefused(deed)) return
        who.did(deed, "deletions")
        const life = known.of(fact.pod, deed.at, deed.place, false)
        life.deleting = earliest(life.deleting, deed.at ?? life.first)
        if (fact.final === true) life.gone = earliest(life.gone, deed.at ?? life.first)
        return
      }
      case "EventTold": {
        if (fact.reason !== "BranchAllocationFailed" && fact.reason !== "BranchENIAnnotationFailed") return
        const life = known.of(fact.pod, deed.at, deed.place, false)
        life.failure = fact.message
        life.failures = Math.max(life.failures + 1, fact.count)
        return
      }
      case "NodeCapacity":
        who.did(deed, "node capacities")
        return capacities.add({
          ...doneBy(deed),
          node: fact.node,
          field: fact.field,
          value: fact.value,
          whose: controllers.has(deed.user) ? "controller" : deed.user === `system:node:${fact.node}` ? "node" : "other",
          refused: isRefused(deed)
        })
      case "NodeLabelled":
        return change("node label", fact.node, "patch", fact.value === null ? "removed" : `=${fact.value}`, deed)
      case "CniNodeChanged":
        return change("CNINode", fact.node, fact.verb, fact.what, deed)
      case "PolicyChanged":
        return change("SecurityGroupPolicy", `${fact.namespace}/${fact.name}`, fact.verb, fact.what, deed)
      case "WebhookConfigured":
        return change("webhook configuration", fact.name, fact.verb, "", deed)
      case "PodChanged":
      case "PodStatus":
      case "PodEvicted":
        return
    }
  }

  return {
    tell,
    close: (end) => {
      for (const life of known.all()) close(life, end)
      const latencies = Object.fromEntries(Object.entries(times).flatMap(([name, { distribution }]) => {
        const found = distribution()
        return found === undefined ? [] : [[name, found]]
      }))
      return {
        kind: "TraceWindow",
        pods: counts,
        latencies,
        slipped: slipped.shown(),
        stuck: stuck.shown(),
        unserved: unserved.shown(),
        foreign: foreign.shown(),
        attempts: attempts.shown(),
        slowest: slowest.shown().first,
        refusedAnnotations: [...refusals].map(([code, count]) => ({ code, count })).toSorted((a, b) => a.code - b.code),
        rewritten,
        capacities: capacities.shown(),
        changes: changes.shown(),
        actors: who.shown(asked.top)
      }
    }
  }
}
