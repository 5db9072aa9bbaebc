import { Deferred, Effect, Exit, Request, RequestResolver, Schedule } from "effect"
import type { InstanceId } from "../model/Ids.js"
import type { Ec2, Instance, NetworkInterface } from "../ports/Ec2.js"
import type { Ec2Error } from "../ports/Ec2Error.js"
import { instanceIdTag } from "../model/Names.js"
import { steadyNow } from "./Steady.js"

/** What EC2 knows of one instance: itself, and the controller's interfaces that are made for it. */
export interface Facts {
  readonly instance: Instance | undefined
  readonly interfaces: ReadonlyArray<NetworkInterface>
}

/** An instance that is to be read ahead. */
export interface Expected {
  readonly instanceId: InstanceId
  /** So many interfaces it will have, about. */
  readonly interfaces: number
}

/**
 * EC2's knowledge of instances, never asked for one by one: those who ask at about the same time are asked for together, and a whole cluster is
 * read ahead in pages.
 */
export interface Ahead {
  /** Reads ahead, in this order; returns when all is there. What could not be read is asked for by whoever wants it. */
  readonly read: (expected: ReadonlyArray<Expected>) => Effect.Effect<void>
  readonly instance: (instanceId: InstanceId) => Effect.Effect<Instance | undefined, Ec2Error>
  readonly interfaces: (instanceId: InstanceId) => Effect.Effect<ReadonlyArray<NetworkInterface>, Ec2Error>
  /** As `interfaces`, without using it up, of an instance that was to be read ahead or was found; undefined for any other. */
  readonly peek: (instanceId: InstanceId) => Effect.Effect<ReadonlyArray<NetworkInterface> | undefined, Ec2Error>
  /** It was to be read ahead, or was found, and nobody has taken what EC2 has of it since. */
  readonly isUntaken: (instanceId: InstanceId) => boolean
  /** EC2 has something of it, which nobody expected. */
  readonly found: (instanceId: InstanceId) => void
  /** EC2 has nothing of it any more. */
  readonly forget: (instanceId: InstanceId) => void
}

/** What was read ahead is used for so long, milliseconds. */
const freshFor = 5 * 60_000

/** Instances in one describe: EC2 takes 200 values of a filter, half of which is plenty. */
const mostInstances = 100
/** Interfaces on one page, with room for those that nobody expects: a second page comes only after the first. */
const pageRoom = 900
/** Pages that are under way at once. */
const atOnce = 8

/** A moment's trouble at the start is no news about every node: some ten seconds. */
const patience = Schedule.exponential("500 millis")
const tries = 5

/** What was held back, or throttled, has waited for long already, with a pacer: now people are to hear. */
const isMomentary = (error: Ec2Error): boolean => error.isRetryable && error.heldBack !== true && error.reason._tag !== "Throttled"

/** Those who ask within so short a time are asked for together. */
const gathering = "20 millis"

/** Cuts the instances into describes whose answers fit on one page, in their order. */
export const pagesOf = (expected: ReadonlyArray<Expected>): ReadonlyArray<ReadonlyArray<InstanceId>> => {
  const pages: Array<Array<InstanceId>> = []
  let room = 0
  for (const { instanceId, interfaces } of expected) {
    const page = pages.at(-1)
    if (page === undefined || page.length >= mostInstances || interfaces > room) {
      pages.push([instanceId])
      room = pageRoom - interfaces
    } else {
      page.push(instanceId)
      room -= interfaces
    }
  }
  return pages
}

class InstanceAsked extends Request.TaggedClass("InstanceAsked")<{ readonly instanceId: InstanceId }, Instance | undefined, Ec2Error> {}
class InterfacesAsked
  extends Request.TaggedClass("InterfacesAsked")<{ readonly instanceId: InstanceId }, ReadonlyArray<NetworkInterface>, Ec2Error>
{}

/** One describe for all who ask at about the same time. */
const together = <A extends Request.Request<unknown, Ec2Error> & { readonly instanceId: InstanceId }, Found>(
  describe: (instanceIds: ReadonlyArray<InstanceId>) => Effect.Effect<ReadonlyArray<Found>, Ec2Error>,
  answer: (found: ReadonlyArray<Found>, instanceId: InstanceId) => Request.Success<A>
) =>
  RequestResolver.make<A>((entries) =>
    describe([...new Set(entries.map(({ request }) => request.instanceId))]).pipe(
      Effect.exit,
      Effect.map((exit) => {
        for (const entry of entries) entry.completeUnsafe(Exit.map(exit, (found) => answer(found, entry.request.instanceId)) as never)
      })
    )
  ).pipe(RequestResolver.setDelay(gathering), RequestResolver.batchN(mostInstances))

const ofInstance = (instanceId: InstanceId) => ({ tags }: NetworkInterface): boolean => tags[instanceIdTag] === instanceId

/** What is read, or was, of one instance. */
interface Read {
  readonly at: number
  readonly facts: Deferred.Deferred<Facts, Ec2Error>
  instanceUsed: boolean
}

export const make = (ec2: Ec2["Service"], ours: Readonly<Record<string, ReadonlyArray<string>>>): Ahead => {
  const describeInterfaces = (instanceIds: ReadonlyArray<InstanceId>) => ec2.describeInterfaces({ tags: { ...ours, [instanceIdTag]: instanceIds } })
  const instances = together<InstanceAsked, Instance>(ec2.describeInstances, (found, instanceId) => found.find((one) => one.instanceId === instanceId))
  const interfaces = together<InterfacesAsked, NetworkInterface>(describeInterfaces, (found, instanceId) => found.filter(ofInstance(instanceId)))

  const ahead = new Map<InstanceId, Read>()

  /** Of these it could not be, or nobody came to it in time; and nobody has taken what EC2 has of them since. */
  const unread = new Set<InstanceId>()
  const askInterfaces = (instanceId: InstanceId) => Effect.request(new InterfacesAsked({ instanceId }), interfaces)

  const fresh = Effect.fnUntraced(function*(instanceId: InstanceId) {
    const known = ahead.get(instanceId)
    if (known === undefined) return undefined
    if ((yield* steadyNow) - known.at <= freshFor) return known
    ahead.delete(instanceId)
    // Nobody came to it in that time: what is there is asked for anew.
    unread.add(instanceId)
    return undefined
  })

  const readPage = (reads: ReadonlyMap<InstanceId, Read>) => (page: ReadonlyArray<InstanceId>) =>
    Effect.all([ec2.describeInstances(page), describeInterfaces(page)], { concurrency: 2 }).pipe(
      Effect.retry({ while: isMomentary, schedule: patience, times: tries - 1 }),
      Effect.tapError((error) => Effect.logWarning(`what EC2 knows of ${page.length} instances could not be read`, error.message)),
      Effect.result,
      Effect.map((result) => {
        const byInstance = new Map<string, Array<NetworkInterface>>()
        if (result._tag === "Success") {
          for (const one of result.success[1]) {
            const instanceId = one.tags[instanceIdTag] ?? ""
            const of = byInstance.get(instanceId)
            if (of === undefined) byInstance.set(instanceId, [one])
            else of.push(one)
          }
        }
        const found = new Map((result._tag === "Success" ? result.success[0] : []).map((one) => [one.instanceId, one]))
        for (const instanceId of page) {
          const read = reads.get(instanceId)!
          if (result._tag === "Failure" && ahead.get(instanceId) === read) {
            ahead.delete(instanceId)
            unread.add(instanceId)
          }
          // Also what was forgotten meanwhile, or grew old: somebody may wait for it.
          Deferred.doneUnsafe(read.facts, result._tag === "Failure" ? Effect.fail(result.failure) : Effect.succeed({ instance: found.get(instanceId), interfaces: byInstance.get(instanceId) ?? [] }))
        }
      })
    )

  return {
    read: Effect.fnUntraced(function*(expected) {
      const at = yield* steadyNow
      const reads = new Map(expected.map(({ instanceId }): readonly [InstanceId, Read] => [instanceId, { at, facts: Deferred.makeUnsafe(), instanceUsed: false }]))
      for (const [instanceId, read] of reads) ahead.set(instanceId, read)
      yield* Effect.forEach(pagesOf(expected), readPage(reads), { concurrency: atOnce, discard: true })
    }),
    instance: Effect.fnUntraced(function*(instanceId) {
      const known = yield* fresh(instanceId)
      // Once: whoever asks again wants to know what has changed.
      if (known === undefined || known.instanceUsed) return yield* Effect.request(new InstanceAsked({ instanceId }), instances)
      known.instanceUsed = true
      return (yield* Deferred.await(known.facts)).instance
    }),
    interfaces: Effect.fnUntraced(function*(instanceId) {
      const known = yield* fresh(instanceId)
      const found = known === undefined ? yield* askInterfaces(instanceId) : (yield* Deferred.await(known.facts)).interfaces
      ahead.delete(instanceId)
      unread.delete(instanceId)
      return found
    }),
    peek: Effect.fnUntraced(function*(instanceId) {
      const known = yield* fresh(instanceId)
      if (known !== undefined) return (yield* Deferred.await(known.facts)).interfaces
      if (!unread.has(instanceId)) return undefined
      const found = yield* askInterfaces(instanceId)
      // What is there is asked for until it is taken: whoever looked may fail before it comes to that.
      if (found.length === 0) unread.delete(instanceId)
      return found
    }),
    isUntaken: (instanceId) => ahead.has(instanceId) || unread.has(instanceId),
    found: (instanceId) => void unread.add(instanceId),
    forget: (instanceId) => {
      ahead.delete(instanceId)
      unread.delete(instanceId)
    }
  }
}
