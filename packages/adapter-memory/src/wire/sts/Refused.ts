import { Result } from "effect"
import type { Refusal } from "../../ec2/Refusal.js"
import type { Principal } from "../Principals.js"

/** STS's answer to what it does not do. */
export interface Refused {
  readonly code: string
  readonly message: string
  readonly status: number
}

export const forbidden = (code: string, message: string): Refused => ({ code, message, status: 403 })
export const invalid = (code: string, message: string): Refused => ({ code, message, status: 400 })

/**
 * Who asks STS, in whose words the same refusals read otherwise than in EC2's: what is wrong with where and when a request was signed, then with who signed it.
 * Source: AWS STS API Reference, "Common Errors"; AWS General Reference, "Signature Version 4", troubleshooting.
 */
export const callerOf = (signed: Result.Result<unknown, Refusal>, who: Result.Result<Principal, Refusal>): Result.Result<Principal, Refused> =>
  Result.mapError(who, ({ code, message }) => {
    if (Result.isFailure(signed)) return code === "RequestExpired" ? forbidden("SignatureDoesNotMatch", "Signature expired: it is not of this time") : forbidden(code, message)
    return code === "RequestExpired"
      ? forbidden("ExpiredToken", "The security token included in the request is expired")
      : forbidden("InvalidClientTokenId", "The security token included in the request is invalid.")
  })
