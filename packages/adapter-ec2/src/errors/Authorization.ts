import { Clock, Effect, Result, Schema } from "effect"

/** The part of an `UnauthorizedOperation` that only those may read who have the right to. */
const encoded = /Encoded authorization failure message: (\S+)/

/** What EC2 said, without the part that nobody can read. */
export const readable = (message: string): string => message.replace(encoded, "").trim()

/** What is behind a refusal, as far as it is known. */
export interface Refused {
  /** `ec2:CreateTags`: a call may need several. */
  readonly action: string
  /** Some policy forbids it; else none allows it. */
  readonly isExplicit: boolean
  /** Who, which action, on which resource, in a sentence; undefined where nobody may tell. */
  readonly essence: string | undefined
}

/** What EC2's own words tell: the action, where they name it, else the call's own. */
export const refusedBy = (message: string, action: string): Refused => ({
  action: /not authorized to perform: ([\w-]+:\w+)/.exec(message)?.[1] ?? `ec2:${action}`,
  isExplicit: /explicit deny/i.test(message),
  essence: undefined
})

/** What a person can do about it. */
export const mendOf = ({ action, isExplicit }: Refused): string =>
  isExplicit
    ? `lift the explicit deny of ${action}: in the role's policies, its permissions boundary, or a service control policy`
    : `allow ${action} in the role's policy (deploy/iam)`

const Decoded = Schema.fromJsonString(Schema.Struct({
  explicitDeny: Schema.optionalKey(Schema.Boolean),
  context: Schema.Struct({
    principal: Schema.optionalKey(Schema.Struct({ arn: Schema.optionalKey(Schema.String) })),
    action: Schema.optionalKey(Schema.String),
    resource: Schema.optionalKey(Schema.String)
  })
}))

const decodeDecoded = Schema.decodeUnknownResult(Decoded)

/** The essence of a decoded message; undefined where it is of another form. Source: AWS STS API Reference, DecodeAuthorizationMessage. */
export const refusedIn = (decoded: string): Refused | undefined => {
  const read = decodeDecoded(decoded)
  if (Result.isFailure(read) || read.success.context.action === undefined) return undefined
  const { context: { action, principal, resource = "*" }, explicitDeny = false } = read.success
  return { action, isExplicit: explicitDeny, essence: `${principal?.arn ?? "the role"} is ${explicitDeny ? "denied" : "not allowed"} ${action} on ${resource}` }
}

/** After a refusal to decode nobody asks for so long; milliseconds. */
const silence = 10 * 60_000
/** So long what was decoded stands for all refusals of an action; milliseconds. */
const freshness = 60_000

/**
 * Explains refusals: decodes EC2's encoded message where the role has the right to, once a minute for each action, and otherwise tells what
 * EC2's words tell. Where decoding was refused it is not asked for again for ten minutes.
 */
export const makeExplainer = (decode: (encoded: string) => Effect.Effect<string, unknown>) => {
  const known = new Map<string, { readonly until: number; readonly refused: Refused | undefined }>()
  let silentUntil = 0
  const ask = (text: string, now: number): Effect.Effect<Refused | undefined> =>
    decode(text).pipe(
      Effect.timeout("3 seconds"),
      Effect.map(refusedIn),
      Effect.catch(() =>
        Effect.sync(() => {
          silentUntil = now + silence
          return undefined
        }))
    )
  return Effect.fnUntraced(function*(action: string, message: string): Effect.fn.Return<Refused> {
    const text = encoded.exec(message)?.[1]
    const now = yield* Clock.currentTimeMillis
    if (text === undefined || now < silentUntil) return refusedBy(message, action)
    const before = known.get(action)
    if (before !== undefined && now < before.until) return before.refused ?? refusedBy(message, action)
    const refused = yield* ask(text, now)
    known.set(action, { until: now + freshness, refused })
    return refused ?? refusedBy(message, action)
  })
}
