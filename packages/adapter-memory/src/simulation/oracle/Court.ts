import type { InstanceId } from "@branchline/core/model/Ids"
import { Clock, Effect } from "effect"
import type { Cluster } from "../../Cluster.js"
import { uidOf } from "../../kubernetes/Document.js"
import { record } from "../Journal.js"
import { type Book, type PodRecord, recordOf, type Spoil } from "./Book.js"
import type { Oracle, Violation } from "./Oracle.js"

/** Oracles over a cluster, told of every write and every call at the moment it happens. */
export interface Court {
  readonly book: Book
  readonly violations: ReadonlyArray<Violation>
  /** Somebody begins who remembers nothing. */
  readonly started: () => void
  /** From now on nothing can be promised for the pod, and why. */
  readonly excuse: (uid: string, why: string) => void
  /** The same for whoever has the interface, or will have it: a controller that reuses it need not notice at once. */
  readonly excuseInterface: (eniId: string, why: string) => void
  /** Somebody is about to write over the pod's annotation; undefined: takes it away. */
  readonly spoil: (uid: string, text: string | undefined) => void
  /** An interface with the controller's tags that it did not make. */
  readonly inherit: (eniId: string) => void
  /** EC2's describes leave the interface out from now on, for a while. */
  readonly hide: (eniId: string) => void
  /** A trouble begins. */
  readonly troubled: () => void
  /** Somebody is about to take the finalizer off the node's CNINode. */
  readonly freedByHand: (nodeName: string) => void
  /** A controller that knows no Lease begins. */
  readonly rivalled: () => void
  /** Every call is refused from now on for so long, milliseconds. */
  readonly outFor: (millis: number) => void
  /** What had kept everybody from work for long is over. */
  readonly recovered: () => void
  readonly setCooldown: (millis: number) => void
  /** Since the life's begin, milliseconds. */
  readonly age: () => number
  /** Asks the oracles whether all is well now that nothing happens any more. */
  readonly calm: Effect.Effect<ReadonlyArray<string>>
}

/** So many breaches of a rule are told, each once: what is wrong at one moment usually is so at the next. */
const most = 20

export interface CourtOptions {
  readonly cluster: Cluster
  readonly oracles: ReadonlyArray<Oracle>
  /** Milliseconds. */
  readonly cooldown: number
}

export const make = Effect.fnUntraced(function*({ cluster, cooldown: atFirst, oracles }: CourtOptions) {
  const clock = yield* Clock.Clock
  const now = (): number => clock.currentTimeMillisUnsafe()
  const pods = new Map<string, PodRecord>()
  const alive = new Map<string, PodRecord>()
  const tenants = new Map<string, Array<string>>()
  const excuses = new Map<string, string>()
  const excusedInterfaces = new Map<string, string>()
  const spoils = new Map<string, Spoil>()
  const violations: Array<Violation> = []
  const known = new Set<string>()
  const begin = now()
  let told: ReadonlyArray<string> = []
  let cooldown = atFirst
  const starts: Array<number> = []
  const inherited = new Set<string>()
  const hidden = new Set<string>()
  const freedByHand = new Set<string>()
  let troubled = false
  let rivalled = false
  let outFrom = Infinity
  let outUntil = 0
  let recoveredAt: number | undefined

  const instanceOf = (nodeName: string): InstanceId | undefined => cluster.nodes.get(nodeName)?.instanceId
  const book: Book = {
    now,
    truth: cluster.ec2.truth,
    cooldown: () => cooldown,
    pods,
    living: () => alive.values(),
    tenantsOf: (eniId) => (tenants.get(eniId) ?? []).flatMap((uid) => pods.get(uid) ?? []),
    instanceOf,
    starts: () => starts,
    inherited: (eniId) => inherited.has(eniId),
    hidden: (eniId) => hidden.has(eniId),
    troubled: () => troubled,
    freedByHand: (nodeName) => freedByHand.has(nodeName),
    rivalled: () => rivalled,
    outFrom: () => outFrom,
    outUntil: () => outUntil,
    recoveredAt: () => recoveredAt,
    excuse: (uid) => excuses.get(uid) ?? excusedInterfaces.get(pods.get(uid)?.details?.eniId ?? "")
  }

  const note = (oracle: string, text: string | undefined): void => {
    if (text === undefined || known.has(`${oracle} ${text}`) || violations.filter((one) => one.oracle === oracle).length >= most) return
    known.add(`${oracle} ${text}`)
    violations.push({ at: now() - begin, oracle, text })
  }

  const podOracles = oracles.filter(({ pod }) => pod !== undefined)
  const changeOracles = oracles.filter(({ change }) => change !== undefined)
  const callOracles = oracles.filter(({ call }) => call !== undefined)

  cluster.kubernetes.observe((change) => {
    if (change.kind.plural === "pods" && change.kind.group === "") {
      const uid = uidOf(change.object)
      const before = pods.get(uid)
      const pod = recordOf(change.object, change.after, before, now(), instanceOf, spoils.get(uid))
      if (before?.spoilt === true && !pod.spoilt) spoils.delete(uid)
      pods.set(uid, pod)
      if (pod.living) alive.set(uid, pod)
      else alive.delete(uid)
      if (pod.details !== undefined && pod.details.eniId !== before?.details?.eniId) {
        const { eniId } = pod.details
        tenants.set(eniId, [...tenants.get(eniId) ?? [], uid])
      }
      for (const oracle of podOracles) note(oracle.name, oracle.pod?.(pod, before, book))
    }
    for (const oracle of changeOracles) note(oracle.name, oracle.change?.(change, book))
  })
  cluster.ec2.observe((call) => {
    for (const oracle of callOracles) note(oracle.name, oracle.call?.(call, book))
  })

  const court: Court = {
    book,
    violations,
    started: () => void starts.push(now()),
    excuse: (uid, why) => void excuses.set(uid, why),
    excuseInterface: (eniId, why) => void excusedInterfaces.set(eniId, why),
    spoil: (uid, text) => void spoils.set(uid, { text }),
    inherit: (eniId) => void inherited.add(eniId),
    hide: (eniId) => void hidden.add(eniId),
    troubled: () => void (troubled = true),
    freedByHand: (nodeName) => void freedByHand.add(nodeName),
    rivalled: () => void (rivalled = true),
    outFor: (millis) => {
      // One that begins within another goes on with it.
      if (now() > outUntil) outFrom = now()
      outUntil = Math.max(outUntil, now() + millis)
    },
    recovered: () => void (recoveredAt = now()),
    age: () => now() - begin,
    setCooldown: (millis) => void (cooldown = millis),
    calm: Effect.gen(function*() {
      const wrongs = oracles.flatMap(({ calm, name }) => (calm?.(book) ?? []).map((text) => ({ name, text })))
      const words = wrongs.map(({ text }) => `not well: ${text}`)
      for (const text of words) if (!told.includes(text)) yield* record(text)
      told = words
      return wrongs.map(({ name, text }) => `${name}: ${text}`)
    })
  }
  return court
})
