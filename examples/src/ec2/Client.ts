import type { Control, Snapshot } from "@branchline/adapter-memory/ec2/Control"
import type { Ec2Call } from "@branchline/adapter-memory/ec2/CallLog"
import type { Observation } from "@branchline/adapter-memory/ec2/Observations"
import type { Ec2 } from "@branchline/core/ports/Ec2"
import { ec2Actions } from "@branchline/core/ports/Ec2Actions"
import { Ec2Error } from "@branchline/core/ports/Ec2Error"
import { Effect, Result } from "effect"
import { Pool } from "undici"
import { readReply } from "./Wire.js"

/** As `Control`, over the wire: every method may fail. */
export type RemoteControl = {
  readonly [K in Exclude<keyof Control, "snapshot">]: Control[K] extends (...given: infer P) => Effect.Effect<infer A, unknown>
    ? (...given: P) => Effect.Effect<A, Ec2Error>
    : never
} & {
  readonly snapshot: Effect.Effect<Snapshot, Ec2Error>
  readonly calls: Effect.Effect<ReadonlyArray<Ec2Call>, Ec2Error>
  readonly observations: Effect.Effect<ReadonlyArray<Observation>, Ec2Error>
}

/** An EC2 in memory that another process holds. */
export interface RemoteEc2 {
  readonly port: Ec2["Service"]
  readonly control: RemoteControl
}

const actions: Readonly<Record<string, string>> = ec2Actions

const codeOf = (error: unknown): string => {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined
  return typeof code === "string" ? code : error instanceof Error ? error.name : "Error"
}

/** Failures of getting there: with these nothing was sent. Any other leaves open whether EC2 did it. */
const neverSent: ReadonlySet<string> = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "UND_ERR_CONNECT_TIMEOUT"])

const patience = 30_000

/**
 * The port, and the control, of the EC2 at `endpoint` (`http://127.0.0.1:8700`), over connections that are kept until the scope ends. Where
 * nobody answers the calls fail with `Unavailable`, where the answer is lost with `UnknownOutcome`; both are retryable.
 */
export const connect = Effect.fnUntraced(function*(endpoint: string) {
  // Node's own server closes a connection after 5 idle seconds; the pool lets go of it first.
  const pool = yield* Effect.acquireRelease(
    Effect.sync(() => new Pool(endpoint, { connections: 64, keepAliveTimeout: 3_000, headersTimeout: patience, bodyTimeout: patience })),
    (open) => Effect.promise(() => open.destroy())
  )

  const lost = (action: string, error: unknown): Ec2Error => {
    const code = codeOf(error)
    return neverSent.has(code)
      ? new Ec2Error({ action, code, reason: { _tag: "Unavailable" }, message: `nobody answers at ${endpoint} (${code})` })
      : new Ec2Error({ action, code, reason: { _tag: "UnknownOutcome" }, message: `the answer of ${endpoint} was lost (${code})` })
  }

  const call = <A>(area: "port" | "control", method: string, given: ReadonlyArray<unknown>): Effect.Effect<A, Ec2Error> => {
    const action = actions[method] ?? method
    return Effect.flatMap(
      Effect.tryPromise({
        try: async (signal) => {
          const { body, statusCode } = await pool.request({
            method: "POST",
            path: `/${area}/${method}`,
            headers: { "content-type": "application/json" },
            body: JSON.stringify(given),
            signal
          })
          return { statusCode, text: await body.text() }
        },
        catch: (error) => lost(action, error)
      }),
      ({ statusCode, text }) => {
        const reply = statusCode === 200 ? readReply(text) : undefined
        if (reply !== undefined) return Effect.fromResult(Result.map(reply, (answer) => answer as A))
        const message = `${endpoint} answered ${statusCode}: ${text.slice(0, 300)}`
        return Effect.fail(new Ec2Error({ action, code: String(statusCode), reason: { _tag: statusCode >= 500 ? "Unavailable" : "Rejected" }, message }))
      }
    )
  }
  const port = <A>(method: keyof Ec2["Service"], ...given: ReadonlyArray<unknown>) => call<A>("port", method, given)
  const control = <A>(method: keyof RemoteControl, ...given: ReadonlyArray<unknown>) => call<A>("control", method, given)

  const remote: RemoteEc2 = {
    port: {
      describeInstances: (ids) => port("describeInstances", ids),
      describeSubnets: (ids) => port("describeSubnets", ids),
      describeInterfaces: (filter) => port("describeInterfaces", filter),
      createTrunk: (trunk) => port("createTrunk", trunk),
      createBranch: (branch) => port("createBranch", branch),
      permitAttachment: (eniId) => port("permitAttachment", eniId),
      attachTrunk: (trunk) => port("attachTrunk", trunk),
      deleteOnTermination: (eniId, attachmentId) => port("deleteOnTermination", eniId, attachmentId),
      associateBranch: (association) => port("associateBranch", association),
      disassociateBranch: (association) => port("disassociateBranch", association),
      deleteInterface: (eniId) => port("deleteInterface", eniId),
      setGroups: (eniId, groups) => port("setGroups", eniId, groups),
      tagInterface: (eniId, tags) => port("tagInterface", eniId, tags)
    },
    control: {
      addSubnet: (subnet) => control("addSubnet", subnet),
      addSecurityGroup: (group) => control("addSecurityGroup", group ?? {}),
      removeSecurityGroup: (groupId) => control("removeSecurityGroup", groupId),
      launchInstance: (instance) => control("launchInstance", instance),
      terminateInstance: (instanceId) => control("terminateInstance", instanceId),
      forgetInstance: (instanceId) => control("forgetInstance", instanceId),
      deleteInterfaceByHand: (eniId) => control("deleteInterfaceByHand", eniId),
      createForeignInterface: (foreign) => control("createForeignInterface", foreign),
      setFreeAddresses: (subnetId, free) => control("setFreeAddresses", subnetId, free),
      snapshot: control("snapshot"),
      calls: control("calls"),
      observations: control("observations")
    }
  }
  return remote
})
