import { Clock, Effect, Result, Schema } from "effect"

/** The part of an `UnauthorizedOperation` that only those may read who have the right to. */
const encoded = /Encoded authorization failure message: (\S+)/

/** What EC2 said, without the part that nobody can read. */
export const readable = (message: string): string => message.replace(encoded, "").trim()

/** The IAM action that is missing: as EC2 names it, else the call's own. */
export const missingAction = (message: string, action: string): string => /not authorized to perform: ([\w-]+:\w+)/.exec(message)?.[1] ?? `ec2:${action}`

const Decoded = Schema.fromJsonString(Schema.Struct({
  explicitDeny: Schema.optionalKey(Schema.Boolean),
  context: Schema.Struct({
    principal: Schema.optionalKey(Schema.Struct({ arn: Schema.optionalKey(Schema.String) })),
    action: Schema.optionalKey(Schema.String),
    resource: Schema.optionalKey(Schema.String)
  })
}))

const decodeDecoded = Schema.decodeUnknownResult(Decoded)

/** The essence of a decoded message, in a sentence; undefined where it is of another form. Source: AWS STS API Reference, DecodeAuthorizationMessage. */
export const essence = (decoded: string): string | undefined => {
  const read = decodeDecoded(decoded)
  if (Result.isFailure(read)) return undefined
  const { context: { action = "the action", principal, resource = "*" }, explicitDeny } = read.success
  return `${principal?.arn ?? "the role"} is ${explicitDeny === true ? "denied" : "not allowed"} ${action} on ${resource}`
}

/** After a refusal to decode nobody asks for so long, milliseconds. */
const pause = 10 * 60_000

/**
 * Explains refusals: decodes EC2's encoded message where the role has the right to, and says nothing where it has not. One that was
 * refused is not asked for again for ten minutes.
 */
export const makeExplainer = (decode: (encoded: string) => Effect.Effect<string, unknown>) => {
  let silentUntil = 0
  return Effect.fnUntraced(function*(message: string) {
    const text = encoded.exec(message)?.[1]
    const now = yield* Clock.currentTimeMillis
    if (text === undefined || now < silentUntil) return undefined
    return yield* decode(text).pipe(
      Effect.timeout("3 seconds"),
      Effect.map(essence),
      Effect.catch(() =>
        Effect.sync(() => {
          silentUntil = now + pause
          return undefined
        }))
    )
  })
}
