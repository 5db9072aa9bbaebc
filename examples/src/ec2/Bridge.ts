import type { MemoryEc2 } from "@branchline/adapter-memory/ec2/MemoryEc2"
import { Ec2Error } from "@branchline/core/ports/Ec2Error"
import { Cause, Effect, Result } from "effect"
import { answered, readArguments, refused } from "./Wire.js"

/** What goes back over HTTP. */
export interface Answer {
  readonly status: 200 | 400 | 404 | 500
  readonly body: string
}

const complaint = (status: 400 | 404 | 500, message: string): Answer => ({ status, body: JSON.stringify({ message }) })

/** By method name: an effect, or a function that makes one. */
type Methods = Readonly<Record<string, unknown>>

const methodsOf = (ec2: MemoryEc2["Service"]): Readonly<Record<string, Methods>> => ({
  port: { ...ec2.port },
  control: {
    ...ec2.control,
    // JSON writes `Infinity` as null.
    setFreeAddresses: (subnetId: string, free: number | null) => ec2.control.setFreeAddresses(subnetId, free ?? Infinity),
    calls: ec2.calls,
    observations: ec2.observations
  }
})

const memberOf = (areas: Readonly<Record<string, Methods>>, path: string): unknown => {
  const [, area = "", method = ""] = /^\/([a-z]+)\/([A-Za-z0-9]+)$/.exec(path) ?? []
  const methods = Object.hasOwn(areas, area) ? areas[area] : undefined
  return methods !== undefined && Object.hasOwn(methods, method) ? methods[method] : undefined
}

/**
 * Every method of an EC2 in memory by path and JSON body. A call goes on when the caller hangs up, as EC2's do: whoever lost the answer does not
 * know whether it was done.
 */
export const makeBridge = (ec2: MemoryEc2["Service"]): (path: string, body: string) => Effect.Effect<Answer> => {
  const areas = methodsOf(ec2)
  const names = Object.entries(areas).flatMap(([area, methods]) => Object.keys(methods).map((method) => `/${area}/${method}`))

  return Effect.fnUntraced(function*(path: string, body: string) {
    const member = memberOf(areas, path)
    if (member === undefined) return complaint(404, `there is no ${path}; there is ${names.join(", ")}`)
    const given = readArguments(body)
    if (Result.isFailure(given)) return complaint(400, given.failure)
    const call = Effect.suspend((): Effect.Effect<unknown, unknown> => {
      const made: unknown = typeof member === "function" ? Reflect.apply(member, undefined, given.success) : member
      return Effect.isEffect(made) ? made as Effect.Effect<unknown, unknown> : Effect.succeed(made)
    })
    return yield* Effect.uninterruptible(call).pipe(
      Effect.matchCause({
        onSuccess: (answer): Answer => ({ status: 200, body: answered(answer) }),
        onFailure: (cause): Answer => {
          const error = Cause.squash(cause)
          if (error instanceof Ec2Error) return { status: 200, body: refused(error) }
          // What the memory EC2 trips over is what it was given: it has no other source of trouble.
          return complaint(400, `${path} cannot take these arguments: ${error instanceof Error ? error.message : String(error)}`)
        }
      })
    )
  })
}
