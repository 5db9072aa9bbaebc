import { Effect, Result, Schema } from "effect"
import type { Ec2Error } from "@branchline/core/ports/Ec2Error"
import type { OpenedEc2 } from "../ec2/MemoryEc2.js"
import { settingsOf } from "../ec2/Settings.js"
import type { WireResponse } from "../wire/Dispatch.js"
import { WireFault } from "../wire/faults/WireFault.js"
import type { WireFaults } from "../wire/faults/WireFaults.js"
import { type Policy, readPolicy } from "../wire/iam/Policy.js"
import type { Role } from "../wire/Principals.js"
import { manual } from "./Manual.js"
import type { WireRequest } from "./Listener.js"

/** What the control API commands. */
export interface Commanded {
  readonly opened: OpenedEc2
  readonly faults: WireFaults
  readonly policies: Map<string, Policy>
  /** Undefined: any role may be assumed. */
  readonly roles: { current: ReadonlyArray<Role> | undefined }
}

/** Everything below this path is ours, and not EC2's. */
export const controlPath = "/_branchline/"

const answer = (status: number, body: unknown): WireResponse => ({ status, headers: { "content-type": "application/json" }, body: `${JSON.stringify(body)}\n` })

const problem = (status: number, message: string): WireResponse => answer(status, { message })

const refused = ({ code, message, reason }: Ec2Error): WireResponse => answer(422, { code, message, reason })

const parse = (body: string): Result.Result<unknown, string> =>
  Result.mapError(Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Unknown))(body === "" ? "null" : body), ({ message }) => message)

const decodeFault = Schema.decodeUnknownResult(WireFault)

const Span = Schema.Union([Schema.Finite, Schema.Struct({ min: Schema.Finite, max: Schema.Finite })])
const Bucket = Schema.Struct({ capacity: Schema.Finite, refill: Schema.Finite })

/** What can be changed while it runs; times are milliseconds. */
export const Changeable = Schema.Struct({
  latency: Schema.optionalKey(Span),
  latencies: Schema.optionalKey(Schema.Record(Schema.String, Span)),
  throttle: Schema.optionalKey(Schema.Union([
    Schema.Literals(["off", "documented"]),
    Schema.Struct({ mutating: Schema.optionalKey(Bucket), describing: Schema.optionalKey(Bucket), actions: Schema.optionalKey(Schema.Record(Schema.String, Bucket)) })
  ])),
  describeLag: Schema.optionalKey(Span),
  vlanCooldown: Schema.optionalKey(Schema.Finite),
  attachDelay: Schema.optionalKey(Schema.Finite),
  interfacesPerRegion: Schema.optionalKey(Schema.Int),
  groupsPerInterface: Schema.optionalKey(Schema.Int)
})
export type Changeable = typeof Changeable.Type

const decodeChangeable = Schema.decodeUnknownResult(Changeable, { onExcessProperty: "error" })

const decodeRoles = Schema.decodeUnknownResult(Schema.NullOr(Schema.Array(Schema.Struct({ arn: Schema.String, externalId: Schema.optionalKey(Schema.String) }))))

/** The control API: what the rest of the world does to the account, and what a test wants to know of it. */
export const makeControlApi = ({ faults, opened, policies, roles }: Commanded): (request: WireRequest) => Effect.Effect<WireResponse> => {
  const { ec2, log, world } = opened
  const command = Effect.fnUntraced(function*(method: string, body: string): Effect.fn.Return<WireResponse> {
    const given = parse(body)
    if (Result.isFailure(given)) return problem(400, `the body is no JSON: ${given.failure}`)
    const commands: Readonly<Record<string, unknown>> = { ...ec2.control }
    const run = Object.hasOwn(commands, method) ? commands[method] : undefined
    if (typeof run !== "function") return problem(404, `there is no control/${method}; there are ${Object.keys(commands).filter((name) => name !== "snapshot").join(", ")}`)
    const parameters = given.success ?? []
    if (!Array.isArray(parameters)) return problem(400, "the body has to be a JSON array: the arguments, in order")
    const done: Effect.Effect<unknown, Ec2Error> = run(...parameters)
    return yield* Effect.match(done, { onFailure: refused, onSuccess: (value) => answer(200, value ?? null) })
  })

  const change = (body: string): WireResponse => {
    const decoded = Result.flatMap(parse(body), (given) => Result.mapError(decodeChangeable(given), ({ message }) => message))
    if (Result.isFailure(decoded)) return problem(400, decoded.failure)
    const { throttle, ...rest } = decoded.success
    const filled = settingsOf({ ...rest, ...(throttle === undefined ? {} : { throttle: throttle === "documented" ? {} : throttle }) }, "")
    const changed = Object.keys(decoded.success) as ReadonlyArray<keyof Changeable>
    Object.assign(world.settings, Object.fromEntries(changed.map((name) => [name, filled[name]])))
    return told()
  }
  const told = (): WireResponse => {
    const { limits: _table, ...settings } = world.settings
    return answer(200, settings)
  }

  const fault = Effect.fnUntraced(function*(method: string, parts: ReadonlyArray<string>, query: URLSearchParams, body: string): Effect.fn.Return<WireResponse> {
    const [id, verb] = parts
    if (id === undefined) {
      if (method === "GET") return answer(200, faults.all())
      if (method === "DELETE") {
        faults.clear()
        return answer(200, null)
      }
      const rule = Result.flatMap(parse(body), (given) => Result.mapError(decodeFault(given), ({ message }) => message))
      return Result.isFailure(rule) ? problem(400, rule.failure) : answer(200, { id: faults.add(rule.success) })
    }
    if (faults.state(id) === undefined) return problem(404, `there is no fault ${id}`)
    if (verb === "wait") {
      yield* Effect.timeoutOption(faults.fired(id, Number(query.get("count") ?? 1)), Number(query.get("timeout") ?? 30_000))
      return answer(200, faults.state(id))
    }
    if (verb === "release") faults.release(id, query.get("as") === "cut" ? "cut" : "go")
    else if (method === "DELETE") {
      faults.remove(id)
      return answer(200, null)
    }
    return answer(200, faults.state(id))
  })

  const policy = (method: string, query: URLSearchParams, body: string): WireResponse => {
    const principal = query.get("principal") ?? "*"
    if (method === "DELETE") {
      policies.delete(principal)
      return answer(200, null)
    }
    const read = Result.flatMap(parse(body), readPolicy)
    if (Result.isFailure(read)) return problem(400, `no policy document: ${read.failure}`)
    policies.set(principal, read.success)
    return answer(200, null)
  }

  const declareRoles = (body: string): WireResponse => {
    const read = Result.flatMap(parse(body), (given) => Result.mapError(decodeRoles(given), ({ message }) => message))
    if (Result.isFailure(read)) return problem(400, read.failure)
    roles.current = read.success ?? undefined
    return answer(200, null)
  }

  return ({ body, method, url }) => {
    const at = new URL(url, "http://control")
    const [what = "", ...parts] = at.pathname.slice(controlPath.length).split("/").filter((part) => part !== "")
    switch (what) {
      case "":
        return Effect.succeed({ status: 200, headers: { "content-type": "text/plain; charset=utf-8" }, body: manual })
      case "health":
        return Effect.succeed(answer(200, { ok: true }))
      case "snapshot":
        return Effect.map(ec2.control.snapshot, (snapshot) => answer(200, snapshot))
      case "calls":
        if (method === "DELETE") log.clear()
        return Effect.succeed(answer(200, log.calls()))
      case "counts":
        return Effect.succeed(answer(200, log.counts()))
      case "observations":
        return Effect.map(ec2.observations, (observations) => answer(200, observations))
      case "settings":
        return Effect.succeed(method === "POST" ? change(body) : told())
      case "control":
        return command(parts[0] ?? "", body)
      case "faults":
        return fault(method, parts, at.searchParams, body)
      case "policy":
        return Effect.succeed(policy(method, at.searchParams, body))
      case "roles":
        return Effect.succeed(declareRoles(body))
      default:
        return Effect.succeed(problem(404, `there is no ${controlPath}${what}: GET ${controlPath} tells what there is`))
    }
  }
}
