import { Clock, Effect, Result, type Scope } from "effect"
import { makeControlApi, controlPath } from "./ec2-server/Control.js"
import type { BadStart } from "./ec2-server/BadStart.js"
import { serve, type WireRequest } from "./ec2-server/Listener.js"
import { type MemoryEc2, open } from "./ec2/MemoryEc2.js"
import type { Ec2Options } from "./ec2/Settings.js"
import { Seed, streamFor } from "./simulation/Streams.js"
import { makeDispatch, refuse, type WireResponse } from "./wire/Dispatch.js"
import { makeWireFaults, type Reply, type WireFaults } from "./wire/faults/WireFaults.js"
import { type Form, readForm } from "./wire/Form.js"
import { authorizeBy } from "./wire/iam/Authorizer.js"
import type { Policy } from "./wire/iam/Policy.js"
import { makePrincipals, type Role } from "./wire/Principals.js"
import { misplaced, readSignature } from "./wire/Signature.js"
import { callerOf, makeSts, stsVersion } from "./wire/sts/Sts.js"

export { BadStart } from "./ec2-server/BadStart.js"

/** How the server is; everything has a default. */
export interface Ec2ServerOptions extends Ec2Options {
  /** 0, the default, is any that is free. */
  readonly port?: number | undefined
  /** 127.0.0.1 by default: whoever reaches this EC2 may do anything to it. */
  readonly host?: string | undefined
  /** The only Region there is; us-west-2 by default. */
  readonly region?: string | undefined
  /** Refuse requests that were signed more than five minutes off this machine's clock; true by default. */
  readonly checkClock?: boolean | undefined
  /** So many calls are kept to be looked at; 100,000 by default. */
  readonly keepCalls?: number | undefined
  /** Policies that are enforced, by access key or role ARN; `*` for everybody. None by default. */
  readonly policies?: Readonly<Record<string, Policy>> | undefined
  /** Roles that may be assumed; any by default. */
  readonly roles?: ReadonlyArray<Role> | undefined
}

/** A running EC2. */
export interface Ec2Server {
  /** `http://127.0.0.1:4566`: what an SDK takes for its endpoint. */
  readonly url: string
  readonly port: number
  readonly region: string
  /** The account itself, for whoever runs it in the same process. */
  readonly ec2: MemoryEc2["Service"]
  readonly faults: WireFaults
}

const wildcardHosts: ReadonlySet<string> = new Set(["0.0.0.0", "::"])

/**
 * EC2 and STS over the wire, for any AWS SDK in any language, until the scope ends: the Query protocol on the account of {@link MemoryEc2}, and the
 * control API below `/_branchline/`. Fails with {@link BadStart} where the port cannot be had.
 *
 * ```ts
 * const { url } = yield* Ec2Server.make({ port: 4566, throttle: "off" })
 * ```
 */
export const make = Effect.fnUntraced(function*(options: Ec2ServerOptions = {}): Effect.fn.Return<Ec2Server, BadStart, Scope.Scope> {
  const { checkClock = true, host = "127.0.0.1", keepCalls = 100_000, region = "us-west-2" } = options
  const seed = String(options.seed ?? (yield* Seed))
  const opened = yield* open({ ...options, seed }, keepCalls)
  const { log, world } = opened
  const { account } = world.settings
  const dispatch = makeDispatch(opened, { region })
  const faults = makeWireFaults(streamFor(seed, "wire/faults"))
  const principals = makePrincipals(account)
  const policies = new Map(Object.entries(options.policies ?? {}))
  const roles: { current: ReadonlyArray<Role> | undefined } = { current: options.roles }
  const sts = makeSts({ account, principals, roles: () => roles.current, stream: streamFor(seed, "wire/sts") })
  const control = makeControlApi({ opened, faults, policies, roles })

  const refuseNoted = (action: string, form: Form) => (code: string, message: string, status: number | undefined) =>
    Effect.flatMap(Clock.currentTimeMillis, (at) => {
      const requestId = world.ids.request()
      log.push({ at, action, parameters: form.entries, outcome: { _tag: "refused", code }, requestId })
      return refuse({ code, message }, requestId, status)
    })

  const asEc2 = Effect.fnUntraced(function*(form: Form, headers: WireRequest["headers"]): Effect.fn.Return<WireResponse> {
    const now = yield* Clock.currentTimeMillis
    const signature = readSignature(headers)
    const wrong = Result.isFailure(signature) ? signature.failure : misplaced(signature.success, { region, now, checkClock })
    const who = wrong !== undefined || Result.isFailure(signature) ? undefined : principals.whoIs(signature.success, now)
    if (form.text("Version") === stsVersion) return yield* sts.handle(form, callerOf(wrong, who), now)
    const action = form.text("Action") ?? ""
    const refusal = wrong ?? (who !== undefined && Result.isFailure(who) ? who.failure : undefined)
    if (refusal !== undefined) return yield* refuseNoted(action, form)(refusal.code, refusal.message, undefined)
    return yield* dispatch.handle(form, who === undefined || Result.isFailure(who) ? undefined : authorizeBy(policies, who.success))
  })

  const handle = (request: WireRequest): Effect.Effect<Reply> => {
    if (request.url.startsWith(controlPath)) return control(request)
    const form = readForm(request.body === "" ? new URL(request.url, "http://ec2").search : request.body)
    const action = form.text("Action") ?? ""
    return faults.around(action, form, asEc2(form, request.headers), refuseNoted(action, form))
  }

  const port = yield* serve({ host, port: options.port ?? 0 }, handle)
  return { url: `http://${wildcardHosts.has(host) ? "127.0.0.1" : host}:${port}`, port, region, ec2: opened.ec2, faults }
})
