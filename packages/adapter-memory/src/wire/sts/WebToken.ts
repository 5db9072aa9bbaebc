import { Result, Schema } from "effect"
import { Base64Url } from "effect/encoding"
import { invalid, type Refused } from "./Refused.js"

/** What a token says of itself, as far as STS answers it. Source: RFC 7519, "Registered Claim Names". */
const Claims = Schema.fromJsonString(Schema.Struct({
  exp: Schema.optionalKey(Schema.Finite),
  sub: Schema.optionalKey(Schema.String),
  iss: Schema.optionalKey(Schema.String),
  aud: Schema.optionalKey(Schema.Union([Schema.String, Schema.Array(Schema.String)]))
}))
export type Claims = typeof Claims.Type

const decode = Schema.decodeUnknownResult(Claims)

/**
 * The claims of a token that looks like a JWT; no signature is checked, and one whose middle cannot be read claims nothing. One that is over is refused.
 * Source: AWS STS API Reference, AssumeRoleWithWebIdentity.
 */
export const readWebToken = (token: string, now: number): Result.Result<Claims, Refused> => {
  const [, payload, signature, more] = token.split(".")
  if (payload === undefined || signature === undefined || more !== undefined) {
    return Result.fail(invalid("InvalidIdentityToken", "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"))
  }
  const claims: Claims = Result.getOrElse(Result.flatMap(Base64Url.decodeString(payload), decode), () => ({}))
  const seconds = Math.floor(now / 1_000)
  return claims.exp !== undefined && claims.exp <= seconds
    ? Result.fail(invalid("ExpiredTokenException", `Token expired: current date/time ${seconds} must be before the expiration date/time ${claims.exp}`))
    : Result.succeed(claims)
}
