import { Clock, Deferred, Effect, Exit, Option, type Scope } from "effect"
import { aroundEc2 } from "../ports/AroundEc2.js"
import type { Ec2 } from "../ports/Ec2.js"
import { ec2Actions } from "../ports/Ec2Actions.js"
import { Ec2Error } from "../ports/Ec2Error.js"
import { Priority } from "../ports/Priority.js"
import * as Bucket from "./pacing/Bucket.js"
import { Hold } from "./pacing/Hold.js"
import * as Line from "./pacing/Line.js"
import * as Outage from "./pacing/Outage.js"
import { documentedRates, type Rate, rateOf, type Rates } from "./pacing/Rates.js"
import { steadyMillis } from "./Steady.js"

export { documentedRates, type Rate, type Rates }

/** How the calls of one action flow. Times are milliseconds. */
export interface ActionFigures {
  readonly action: string
  /** What EC2 is believed to grant, in the long run and at once. */
  readonly rate: Rate
  /** Calls that could go at this moment. */
  readonly tokens: number
  /** So many may go beyond that at once, to find out whether EC2 grants more. */
  readonly allowance: number
  /** EC2 refuses what it should grant. */
  readonly refusing: boolean
  /** EC2 has not answered for a while; one call at a time finds out whether it does again. */
  readonly unavailable: boolean
  readonly waiting: Readonly<Record<Priority, number>>
  readonly sent: number
  /** Of those sent, what EC2's rates refused; it went again, or its caller was told. */
  readonly throttled: number
  readonly waited: { readonly count: number; readonly millis: number }
}

/** The port at the pace that EC2 grants, and how that goes. */
export interface Paced {
  readonly ec2: Ec2["Service"]
  readonly figures: Effect.Effect<ReadonlyArray<ActionFigures>>
}

interface Flow {
  readonly action: string
  readonly documented: Rate
  readonly line: Line.Line
  bucket: Bucket.Bucket
  outage: Outage.Outage
  /** What the last call said that found nobody there. */
  silence: Ec2Error | undefined
  /** Somebody wakes the line when the next token is due. */
  alarmed: boolean
  turning: boolean
  sent: number
  throttled: number
  waits: number
  waited: number
}

const openFlow = (action: string, documented: Rate, now: number): Flow => ({
  action,
  documented,
  line: Line.make(),
  bucket: Bucket.full(documented, now),
  outage: Outage.none,
  silence: undefined,
  alarmed: false,
  turning: false,
  sent: 0,
  throttled: 0,
  waits: 0,
  waited: 0
})

const figuresOf = ({ action, bucket, line, outage, sent, throttled, waited, waits }: Flow): ActionFigures => ({
  action,
  rate: { burst: bucket.burst, perSecond: bucket.rate },
  tokens: bucket.tokens,
  allowance: bucket.allowance,
  refusing: bucket.refusals > 0,
  unavailable: Outage.isOutage(outage),
  waiting: line.counts(),
  sent,
  throttled,
  waited: { count: waits, millis: waited }
})

/** What is told to those who wait no longer. */
const heldBack = ({ action, silence }: Flow): Ec2Error =>
  new Ec2Error({
    action,
    code: silence?.code ?? "RequestLimitExceeded",
    reason: { _tag: silence === undefined ? "Throttled" : "Unavailable" },
    message: silence?.message ?? "EC2 refuses these calls for the time being; they go on as soon as it grants them again",
    mend: silence?.mend,
    heldBack: true
  })

/** What a call says of EC2: of its bucket, and whether it is there. */
type Said = "granted" | "throttled" | "nothing" | { readonly silence: Ec2Error }

const saidBy = (exit: Exit.Exit<unknown, Ec2Error>): Said => {
  if (exit._tag === "Success") return "granted"
  const error = Option.getOrUndefined(Exit.findErrorOption(exit))
  switch (error?.reason._tag) {
    case "Throttled":
      return "throttled"
    case "Unavailable":
      return { silence: error }
    case undefined:
    case "UnknownOutcome":
      return "nothing"
    default:
      return "granted"
  }
}

/** EC2 lets through less than it should, or nobody is there: those who wait may lose their patience. */
const isHolding = ({ bucket, outage }: Flow): boolean => bucket.refusals > 0 || Outage.isOutage(outage)

/** A describe that brought more than a page was as many calls (contract §6). */
const furtherPages = (exit: Exit.Exit<unknown, Ec2Error>): number =>
  exit._tag === "Success" && Array.isArray(exit.value) ? Math.max(0, Math.ceil(exit.value.length / pageSize) - 1) : 0

/** Interfaces on a page at most (contract §6). */
const pageSize = 1_000

/** While EC2 refuses or is not there, those who wait are looked after so often, milliseconds. */
const patrol = 500

/**
 * The port at the pace that EC2 grants: a call waits for a token of its action instead of being refused, the more urgent first, and what EC2
 * throttles all the same goes back to the head of its line. The rates start at `rates` and follow what EC2 really grants (`pacing/Bucket`). A
 * call fails with `Throttled` only where EC2 has refused what it should grant for longer than the fiber's `Hold`; while EC2 does not answer at all
 * (`pacing/Outage`), calls wait in line as long as that too, and then fail as the last one did. Works as long as the scope.
 */
export const pace = Effect.fnUntraced(function*(ec2: Ec2["Service"], rates: Rates): Effect.fn.Return<Paced, never, Scope.Scope> {
  const clock = yield* Clock.Clock
  const scope = yield* Effect.scope
  const flows = new Map<string, Flow>()
  const present = (): number => steadyMillis(clock)

  const flowOf = (action: string): Flow => {
    let flow = flows.get(action)
    if (flow === undefined) flows.set(action, flow = openFlow(action, rateOf(rates, action), present()))
    return flow
  }

  /** Lets go whoever may. Answers how long the rest has to wait; 0 where there is none. */
  const letGo = (flow: Flow): number => {
    while (flow.line.length() > 0) {
      const now = present()
      const silent = Outage.wait(flow.outage, now)
      if (silent > 0) return silent
      const taken = Bucket.take(flow.bucket, now)
      flow.bucket = taken.bucket
      if ("wait" in taken) return taken.wait
      const waiter = flow.line.take()
      if (waiter === undefined) return 0
      flow.outage = Outage.asking(flow.outage, now)
      if (now > waiter.since) flow.waits++
      flow.waited += now - waiter.since
      waiter.go(taken.grant)
    }
    return 0
  }

  const turn = (flow: Flow): Effect.Effect<void> =>
    Effect.suspend(() => {
      // Whoever is let go runs at once, up to its call; what it does to the line comes within this turn.
      if (flow.turning) return Effect.void
      flow.turning = true
      const wait = letGo(flow)
      if (isHolding(flow)) for (const waiter of flow.line.takeImpatient(present())) waiter.go(undefined)
      flow.turning = false
      if (wait === 0 || flow.alarmed) return Effect.void
      flow.alarmed = true
      const alarm = Effect.andThen(
        Effect.sleep(isHolding(flow) ? Math.min(wait, patrol) : wait),
        Effect.suspend(() => {
          flow.alarmed = false
          return turn(flow)
        })
      )
      return Effect.asVoid(Effect.forkIn(alarm, scope))
    })

  const wayOut = Effect.fnUntraced(function*(flow: Flow, priority: Priority, heldUntil: number, thrownBack: boolean) {
    const turned = Deferred.makeUnsafe<Bucket.Grant | undefined>()
    let got: Bucket.Grant | undefined
    const waiter: Line.Waiter = {
      priority,
      since: present(),
      heldUntil,
      go: (grant) => {
        got = grant
        Deferred.doneUnsafe(turned, Effect.succeed(grant))
      }
    }
    if (thrownBack) flow.line.addFirst(waiter)
    else flow.line.add(waiter)
    yield* turn(flow)
    return yield* Effect.onInterrupt(Deferred.await(turned), () =>
      Effect.sync(() => {
        if (!flow.line.remove(waiter) && got !== undefined) flow.bucket = Bucket.abandoned(flow.bucket, got)
      }))
  })

  const settle = (flow: Flow, grant: Bucket.Grant, sentAt: number, exit: Exit.Exit<unknown, Ec2Error>): Effect.Effect<void> => {
    const said = saidBy(exit)
    if (typeof said === "object") {
      flow.silence = said.silence
      flow.outage = Outage.unanswered(flow.outage, present())
    } else if (said !== "nothing") {
      flow.silence = undefined
      flow.outage = Outage.none
    }
    switch (said) {
      case "throttled":
        flow.throttled++
        flow.bucket = Bucket.throttled(flow.bucket, grant, sentAt, present())
        break
      case "granted": {
        const further = furtherPages(exit)
        flow.sent += further
        flow.bucket = Bucket.granted(flow.bucket, grant, further, flow.documented)
        break
      }
      default:
        flow.bucket = Bucket.abandoned(flow.bucket, grant)
    }
    return turn(flow)
  }

  const paced = Effect.fnUntraced(function*<A>(flow: Flow, call: Effect.Effect<A, Ec2Error>): Effect.fn.Return<A, Ec2Error> {
    const priority = yield* Priority
    const heldUntil = present() + (yield* Hold)
    for (let thrownBack = false;; thrownBack = true) {
      const grant = yield* wayOut(flow, priority, heldUntil, thrownBack)
      if (grant === undefined) return yield* heldBack(flow)
      flow.sent++
      const sentAt = present()
      const result = yield* Effect.result(Effect.onExit(call, (exit) => settle(flow, grant, sentAt, exit)))
      if (result._tag === "Success") return result.success
      const { _tag } = result.failure.reason
      const isHeld = _tag === "Throttled" || (_tag === "Unavailable" && Outage.isOutage(flow.outage))
      if (!isHeld) return yield* result.failure
      if (grant === "owed" && present() >= heldUntil) return yield* heldBack(flow)
    }
  })

  return {
    ec2: aroundEc2(ec2, (method, call) => paced(flowOf(ec2Actions[method]), call)),
    figures: Effect.sync(() => [...flows.values()].map(figuresOf))
  }
})
