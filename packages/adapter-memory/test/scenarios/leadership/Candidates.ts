import * as Election from "@branchline/core/leadership/Election"
import type { ElectionOptions } from "@branchline/core/leadership/ElectionSettings"
import { leaderLease } from "@branchline/core/model/Names"
import { configMaps, leases } from "@branchline/core/model/Resource"
import { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { Cause, Clock, Effect, Exit, Fiber, Random, type Scope } from "effect"
import { expect } from "vitest"
import { MemoryEc2 } from "../../../src/ec2/MemoryEc2.js"
import { withEc2Faults } from "../../../src/faults/Ec2Faults.js"
import * as Faults from "../../../src/faults/Faults.js"
import { withKubernetesFaults } from "../../../src/faults/KubernetesFaults.js"
import type { Verbs } from "../../../src/kubernetes/ApiServer.js"
import { type Document, objectAt, textAt } from "../../../src/kubernetes/Document.js"
import * as MemoryKubernetes from "../../../src/kubernetes/MemoryKubernetes.js"
import { parse } from "../../../src/kubernetes/Timestamps.js"
import { record } from "../../../src/simulation/Journal.js"
import { simulate } from "../../../src/simulation/Simulation.js"
import { eventually, type WaitOptions } from "../../../src/simulation/Waiting.js"
import * as Host from "../../../src/simulation/perturb/Host.js"

/** What a candidate writes, and where. */
const written = { namespace: "kube-system", name: "written" }

/** A write that took effect. */
export interface Write {
  /** Clock milliseconds, by the server's clock. */
  readonly at: number
  readonly where: "kubernetes" | "ec2"
  /** `candidate#term` */
  readonly term: string
}

export interface CandidateOptions extends Host.HostOptions, Omit<ElectionOptions, "identity"> {
  /** What the work does beside writing all the time. */
  readonly work?: Effect.Effect<void, Error, Scope.Scope>
}

export interface Candidate {
  readonly name: string
  readonly host: Host.Host
  /** Trouble of this candidate alone. */
  readonly faults: Faults.Faults
  readonly state: Effect.Effect<Election.ElectionState>
  /** Ends it in good order, and answers how its `lead` ended. */
  readonly end: Effect.Effect<Exit.Exit<never, Error>>
  /** How its `lead` ended by itself. */
  readonly ended: Effect.Effect<Exit.Exit<never, Error>>
}

/** An API server and an EC2 account, and candidates that write to both, as fast as they can, whenever they believe that they lead. */
export interface Arena {
  readonly candidate: (name: string, options?: CandidateOptions) => Effect.Effect<Candidate, never, Scope.Scope>
  readonly kubernetes: MemoryKubernetes.MemoryKubernetes
  /** The API in the name of the cluster's administrator. */
  readonly admin: Verbs
  readonly lease: Effect.Effect<Document | undefined>
  /** Every write that took effect, in order. */
  readonly writes: Effect.Effect<ReadonlyArray<Write>>
  /** When the work of a term was ended, clock milliseconds. */
  readonly ends: ReadonlyMap<string, number>
  /** What was seen and must never be. */
  readonly wrongs: ReadonlyArray<string>
}

const make = Effect.fnUntraced(function*(options: MemoryKubernetes.Options & { readonly ec2Latency?: MemoryKubernetes.Options["latency"] }) {
  const kubernetes = yield* MemoryKubernetes.make(options)
  const ec2 = yield* MemoryEc2.make({ throttle: "off", latency: options.ec2Latency ?? options.latency })
  const admin = kubernetes.server.as("kubernetes-admin")
  const subnet = yield* ec2.control.addSubnet({ cidr: "192.168.0.0/19" })
  const { eniId } = yield* ec2.port.createBranch({ subnetId: subnet.subnetId, groups: [], description: "", tags: {}, clientToken: "one" })
  yield* admin.create(configMaps, { metadata: written, data: {} })
  const wrongs: Array<string> = []
  const candidates: Array<Candidate> = []
  const ends = new Map<string, number>()
  const world = yield* Clock.Clock
  // Ten times a second, by everybody's own clock.
  const look = Effect.gen(function*() {
    const leading = yield* Effect.filter(candidates, ({ state }) => Effect.map(state, (one) => one.leading))
    if (leading.length > 1) wrongs.push(`${leading.map(({ name }) => name).join(" and ")} believe that they lead`)
  })
  yield* Effect.forkScoped(Effect.forever(Effect.andThen(look, Effect.sleep(100))))

  const candidate: Arena["candidate"] = Effect.fnUntraced(function*(name, { ahead, rate, work = Effect.void, ...given } = {}) {
    const host = yield* Host.make({ ...(ahead === undefined ? {} : { ahead }), ...(rate === undefined ? {} : { rate }) })
    const faults = yield* Faults.make({ seed: `${name} ${options.seed ?? ""}` })
    const kube = host.kubernetes(withKubernetesFaults(kubernetes.portFor(name), faults))
    const cloud = host.ec2(withEc2Faults(ec2.port, faults))
    const election = yield* Election.make({ identity: name, ...given }).pipe(Effect.provideService(Kubernetes, kube), Effect.orDie)
    let terms = 0

    const working = ({ fence }: Election.Leadership) =>
      Effect.gen(function*() {
        const term = `${name}#${++terms}`
        yield* record(`${term} begins`)
        const write = Effect.gen(function*() {
          yield* Effect.sleep(yield* Random.nextIntBetween(20, 400))
          yield* Effect.ignore(fence.kubernetes(kube).patch(configMaps, written, { _tag: "merge", patch: { data: { term } } }))
        })
        const tag = Effect.gen(function*() {
          yield* Effect.sleep(yield* Random.nextIntBetween(20, 400))
          yield* Effect.ignore(fence.ec2(cloud).tagInterface(eniId, { term }))
        })
        for (const one of [write, tag, tag]) yield* Effect.forkScoped(Effect.forever(one))
        yield* Effect.addFinalizer(() =>
          Effect.andThen(record(`${term} ends`), Effect.sync(() => void ends.set(term, world.currentTimeMillisUnsafe()))))
        yield* work
      })
    const leading = yield* Effect.forkScoped(host.on(election.lead(working)))
    // At the world's end every process goes on, so that it can end.
    yield* Effect.addFinalizer(() => host.resume)
    const one: Candidate = {
      name,
      host,
      faults,
      state: host.on(election.state),
      end: Effect.andThen(Fiber.interrupt(leading), Fiber.await(leading)),
      ended: Fiber.await(leading)
    }
    candidates.push(one)
    return one
  })

  const arena: Arena = {
    candidate,
    ends,
    wrongs,
    kubernetes,
    admin,
    lease: Effect.orElseSucceed(admin.get(leases, leaderLease), () => undefined),
    writes: Effect.gen(function*() {
      const patches = (yield* kubernetes.audit.events).flatMap((event): ReadonlyArray<Write> =>
        event.objectRef.resource === "configmaps" && event.verb === "patch" && event.responseStatus.code === 200
          ? [{ at: parse(event.requestReceivedTimestamp), where: "kubernetes", term: textAt(event.requestObject as Document, "data", "term") ?? "" }]
          : [])
      const tags = (yield* ec2.calls).flatMap(({ action, at, outcome, parameters }): ReadonlyArray<Write> =>
        action === "CreateTags" && outcome._tag === "done"
          ? [{ at, where: "ec2", term: String(parameters["Tag"]).slice("term=".length) }]
          : [])
      return [...patches, ...tags].sort((a, b) => a.at - b.at)
    })
  }
  return arena
})

export type ArenaOptions = Parameters<typeof make>[0]

/** Plays a story with the seed, in virtual time, and holds all that was written against {@link fenced}. */
export const play = <A, E>(options: ArenaOptions, story: (arena: Arena) => Effect.Effect<A, E, Scope.Scope>, seed: number): A => {
  const run = simulate(Effect.gen(function*() {
    const arena = yield* Effect.orDie(make(options))
    const answer = yield* story(arena)
    expect(arena.wrongs).toEqual([])
    fenced(yield* arena.writes)
    return answer
  }), { seed })
  if (Exit.isSuccess(run.exit)) return run.exit.value
  throw new Error(`seed ${seed}: ${Cause.pretty(run.exit.cause)}\n${run.journal.slice(-60).join("\n")}`, { cause: Cause.squash(run.exit.cause) })
}

/** {@link play} with the seeds 1 to `count`. */
export const seeds = <A, E>(
  count: number,
  options: ArenaOptions,
  story: (arena: Arena, seed: number) => Effect.Effect<A, E, Scope.Scope>
): ReadonlyArray<A> => Array.from({ length: count }, (_, index) => play(options, (arena) => story(arena, index + 1), index + 1))

/** What took effect of each term, in the order in which the terms first wrote. */
export const termsOf = (writes: ReadonlyArray<Write>) => {
  const terms = new Map<string, { first: number; last: number; count: number }>()
  for (const { at, term } of writes) {
    const known = terms.get(term)
    if (known === undefined) terms.set(term, { first: at, last: at, count: 1 })
    else {
      known.last = at
      known.count++
    }
  }
  return [...terms].map(([term, span]) => ({ term, candidate: term.split("#")[0], ...span }))
}

/**
 * Once a term has written, no earlier one of another candidate does: nothing of two leaders is ever mixed. What one candidate had sent in its last
 * term may arrive in its next one, as after a restart between any two calls.
 */
export const fenced = (writes: ReadonlyArray<Write>): void => {
  const terms = termsOf(writes)
  expect(terms.length, "somebody wrote").toBeGreaterThan(0)
  for (const [index, later] of terms.entries()) {
    for (const { candidate, last, term } of terms.slice(0, index)) {
      if (candidate === later.candidate) continue
      expect(last, `${term} wrote at ${last}, ${later.term} since ${later.first}`).toBeLessThan(later.first)
    }
  }
}

/** Waits until one of the candidates leads for certain, and gives it. */
export const leader = (candidates: ReadonlyArray<Candidate>, options: WaitOptions = {}) =>
  eventually("somebody leads", Effect.gen(function*() {
    for (const one of candidates) if ((yield* one.state).leading) return one
    return undefined
  }), options)

export const specOf = (lease: Document | undefined): Document => objectAt(lease ?? {}, "spec")
