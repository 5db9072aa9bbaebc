import { Data, Effect, Result, Schema } from "effect"
import type { CallCount, Ec2Call } from "./ec2/CallLog.js"
import type { Control } from "./ec2/Control.js"
import type { Observation } from "./ec2/Observations.js"
import type { Changeable } from "./ec2-server/control/Changes.js"
import type { WireSnapshot } from "./ec2-server/control/ControlApi.js"
import type { FaultState } from "./wire/faults/WireFaults.js"
import type { WireFault } from "./wire/faults/WireFault.js"
import type { Policy } from "./wire/iam/Policy.js"
import type { Role } from "./wire/Principals.js"

export { type KnownCode, knownCodes } from "./wire/faults/Codes.js"

/** The control API did not do what was asked: nobody answers, or what it answered. Not retryable by itself. */
export class ControlError extends Data.TaggedError("ControlError")<{ readonly message: string; readonly code: string | undefined }> {}

type Commands = {
  readonly [K in Exclude<keyof Control, "snapshot">]: Control[K] extends (...given: infer P) => Effect.Effect<infer A, unknown>
    ? (...given: P) => Effect.Effect<A, ControlError>
    : never
}

/** Calls by action, and what came of them. */
export type Counts = Readonly<Record<string, CallCount>>

/** What the control API of a running EC2 in memory does, over the wire. */
export interface RemoteControl extends Commands {
  /** Everything that there is, this very moment. */
  readonly snapshot: Effect.Effect<WireSnapshot, ControlError>
  /** The last calls, the oldest first. */
  readonly calls: Effect.Effect<ReadonlyArray<Ec2Call>, ControlError>
  readonly forgetCalls: Effect.Effect<void, ControlError>
  /** Of all calls since the start, or since they were forgotten. */
  readonly counts: Effect.Effect<Counts, ControlError>
  /** What EC2 saw and a careful controller does not do. */
  readonly observations: Effect.Effect<ReadonlyArray<Observation>, ControlError>
  /** Those of the observations that are never right. */
  readonly violations: Effect.Effect<ReadonlyArray<Observation>, ControlError>
  /** Changes settings while it runs; times in milliseconds. */
  readonly change: (settings: Changeable) => Effect.Effect<void, ControlError>
  readonly addFault: (rule: WireFault) => Effect.Effect<RemoteFault, ControlError>
  readonly clearFaults: Effect.Effect<void, ControlError>
  /** Enforces a policy for an access key, a role's ARN, or `*`. */
  readonly setPolicy: (policy: Policy, principal?: string) => Effect.Effect<void, ControlError>
  readonly liftPolicy: (principal?: string) => Effect.Effect<void, ControlError>
  /** The roles that may be assumed; undefined: any. */
  readonly setRoles: (roles: ReadonlyArray<Role> | undefined) => Effect.Effect<void, ControlError>
}

/** A fault in force. */
export interface RemoteFault {
  readonly id: string
  readonly state: Effect.Effect<FaultState, ControlError>
  /** Returns when it has struck so many calls, 1 by default; fails after the time, milliseconds. */
  readonly fired: (options?: { readonly count?: number; readonly within?: number }) => Effect.Effect<FaultState, ControlError>
  /** Lets held calls go on, or cuts them off. */
  readonly release: (as: "go" | "cut") => Effect.Effect<void, ControlError>
  readonly remove: Effect.Effect<void, ControlError>
}

const Refused = Schema.Struct({ message: Schema.String, code: Schema.optionalKey(Schema.String) })
const decodeRefused = Schema.decodeUnknownResult(Refused)
const parse = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Unknown))

/** fetch says what is wrong in its error's cause. */
const causeOf = (error: unknown): string => String(error instanceof Error ? error.cause ?? error : error)

/**
 * The control of the EC2 at `url` (`http://127.0.0.1:4566`).
 *
 * ```ts
 * const control = connect(url)
 * const subnet = yield* control.addSubnet({ cidr: "10.0.0.0/16" })
 * const hold = yield* control.addFault({ action: "AssociateTrunkInterface", when: "after", answer: "hold", times: 1 })
 * ```
 */
export const connect = (url: string): RemoteControl => {
  const call = <A>(method: string, path: string, body?: unknown): Effect.Effect<A, ControlError> =>
    Effect.flatMap(
      Effect.tryPromise({
        try: (signal) =>
          fetch(`${url}/_branchline/${path}`, { method, signal, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
            .then((response) => response.text().then((text) => ({ ok: response.ok, text }))),
        catch: (error) => new ControlError({ message: `nobody answers at ${url}: ${causeOf(error)}`, code: undefined })
      }),
      ({ ok, text }) => {
        const answer = parse(text)
        if (Result.isFailure(answer)) return Effect.fail(new ControlError({ message: `${url} is no EC2 in memory: it answers ${path} with ${text.slice(0, 100)}`, code: undefined }))
        if (ok) return Effect.succeed(answer.success as A)
        const { code, message } = Result.getOrElse(decodeRefused(answer.success), () => ({ message: text, code: undefined }))
        return Effect.fail(new ControlError({ message: `${path}: ${message}`, code }))
      }
    )
  const faultOf = (id: string): RemoteFault => ({
    id,
    state: call("GET", `faults/${id}`),
    fired: ({ count = 1, within = 30_000 } = {}) =>
      Effect.filterOrFail(
        call<FaultState>("GET", `faults/${id}/wait?count=${count}&timeout=${within}`),
        ({ fired }) => fired >= count,
        ({ fired, rule }) => new ControlError({ message: `the fault of ${rule.action} struck ${fired} of ${count} calls within ${within} ms`, code: undefined })
      ),
    release: (as) => Effect.asVoid(call("POST", `faults/${id}/release?as=${as}`)),
    remove: Effect.asVoid(call("DELETE", `faults/${id}`))
  })
  const ofPrincipal = (principal: string): string => `policy?principal=${encodeURIComponent(principal)}`
  const command = <A>(method: keyof Commands, ...given: ReadonlyArray<unknown>) => call<A>("POST", `control/${method}`, given)
  return {
    addSubnet: (subnet) => command("addSubnet", subnet),
    addSecurityGroup: (group) => command("addSecurityGroup", group ?? {}),
    removeSecurityGroup: (groupId) => command("removeSecurityGroup", groupId),
    launchInstance: (instance) => command("launchInstance", instance),
    terminateInstance: (instanceId) => command("terminateInstance", instanceId),
    forgetInstance: (instanceId) => command("forgetInstance", instanceId),
    deleteInterfaceByHand: (eniId) => command("deleteInterfaceByHand", eniId),
    createForeignInterface: (foreign) => command("createForeignInterface", foreign),
    setFreeAddresses: (subnetId, free) => command("setFreeAddresses", subnetId, free),
    snapshot: call("GET", "snapshot"),
    calls: call("GET", "calls"),
    forgetCalls: Effect.asVoid(call("DELETE", "calls")),
    counts: call("GET", "counts"),
    observations: call("GET", "observations"),
    violations: call("GET", "violations"),
    change: (settings) => Effect.asVoid(call("POST", "settings", settings)),
    addFault: (rule) => Effect.map(call<{ readonly id: string }>("POST", "faults", rule), ({ id }) => faultOf(id)),
    clearFaults: Effect.asVoid(call("DELETE", "faults")),
    setPolicy: (policy, principal = "*") => Effect.asVoid(call("PUT", ofPrincipal(principal), policy)),
    liftPolicy: (principal = "*") => Effect.asVoid(call("DELETE", ofPrincipal(principal))),
    setRoles: (roles) => Effect.asVoid(call("PUT", "roles", roles ?? null))
  }
}
