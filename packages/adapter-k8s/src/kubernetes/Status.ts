import { Result, Schema } from "effect"

const field = <S extends Schema.Constraint>(schema: S) => Schema.optionalKey(Schema.NullOr(schema))

/** `metav1.Status`, as much of it as says what happened. */
export const Status = Schema.Struct({
  kind: field(Schema.String),
  code: field(Schema.Finite),
  reason: field(Schema.String),
  message: field(Schema.String),
  details: field(Schema.Struct({
    retryAfterSeconds: field(Schema.Finite),
    causes: field(Schema.Array(Schema.Struct({
      field: field(Schema.String),
      message: field(Schema.String),
      reason: field(Schema.String)
    })))
  }))
})
export type Status = typeof Status.Type

const decode = Schema.decodeUnknownResult(Status)

/** A value as a Status; undefined where it is none. */
export const ofValue = (value: unknown): Status | undefined => {
  const status = decode(value)
  return Result.isSuccess(status) && status.success.kind === "Status" ? status.success : undefined
}

/** A body as a Status; undefined where it is HTML, empty, or anything else: it came from something before the API server. */
export const ofBody = (body: string): Status | undefined => {
  const value = Result.try((): unknown => JSON.parse(body))
  return Result.isSuccess(value) ? ofValue(value.success) : undefined
}
