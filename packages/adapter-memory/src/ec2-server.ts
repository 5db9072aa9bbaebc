import { Effect, type Scope } from "effect"
import type { BadStart } from "./ec2-server/BadStart.js"
import { isControl, makeControlApi } from "./ec2-server/control/ControlApi.js"
import { serve } from "./ec2-server/Listener.js"
import { makeQuery } from "./ec2-server/Query.js"
import { type MemoryEc2, open } from "./ec2/MemoryEc2.js"
import type { Ec2Options } from "./ec2/Settings.js"
import { Seed, streamFor } from "./simulation/Streams.js"
import { makeDispatch } from "./wire/Dispatch.js"
import { makeWireFaults, type WireFaults } from "./wire/faults/WireFaults.js"
import type { Policy } from "./wire/iam/Policy.js"
import { makePrincipals, type Role } from "./wire/Principals.js"
import { makeSts, stsActions } from "./wire/sts/Sts.js"

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
  /** So many calls are kept to be looked at; 100,000 by default. Counts are of all calls. */
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

/** The host as a URL has it. */
const hostOf = (host: string): string => wildcardHosts.has(host) ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host

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
  const { account } = opened.world.settings
  const dispatch = makeDispatch(opened, { region })
  const faults = makeWireFaults(streamFor(seed, "wire/faults"))
  const principals = makePrincipals(account)
  const policies = new Map(Object.entries(options.policies ?? {}))
  const roles: { current: ReadonlyArray<Role> | undefined } = { current: options.roles }
  const sts = makeSts({ account, principals, roles: () => roles.current, stream: streamFor(seed, "wire/sts") }, policies)

  const actions = [...dispatch.actions.map(({ name }) => name), ...stsActions]
  const control = makeControlApi({ opened, faults, policies, roles, actions })
  const query = makeQuery({ opened, dispatch, sts, faults, principals, policies, region, checkClock })

  const port = yield* serve({ host, port: options.port ?? 0 }, (request) => isControl(request.url) ? control(request) : query(request))
  return { url: `http://${hostOf(host)}:${port}`, port, region, ec2: opened.ec2, faults }
})
