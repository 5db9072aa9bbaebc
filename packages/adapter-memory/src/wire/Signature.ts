import { DateTime, Option, Result } from "effect"
import { type Refusal, rejected } from "../ec2/Refusal.js"

/** Who signed a request, for where and when. The signature itself is not checked: nobody keeps secrets from an emulator. */
export interface Signature {
  readonly accessKey: string
  readonly region: string
  readonly service: string
  /** Milliseconds since the epoch. */
  readonly signedAt: number
  readonly sessionToken: string | undefined
}

const refusal = (code: string, message: string): Refusal => ({ code, reason: { _tag: "Unauthenticated" }, message })

/** `20261126T091419Z` as milliseconds since the epoch. */
const timeOf = (text: string): number | undefined => {
  const match = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(text)
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second] = match
  return Option.getOrUndefined(Option.map(DateTime.make(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`), DateTime.toEpochMillis))
}

/**
 * Reads the headers of a signed request. Source: AWS General Reference, "Signature Version 4": `Credential=<key>/<date>/<region>/<service>/aws4_request`.
 */
export const readSignature = (headers: Readonly<Record<string, string | undefined>>): Result.Result<Signature, Refusal> => {
  const authorization = headers["authorization"] ?? ""
  const match = /^AWS4-HMAC-SHA256\s+.*Credential=([^/,\s]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request/.exec(authorization)
  if (match === null) return Result.fail(refusal("MissingAuthenticationToken", "Request is missing Authentication Token"))
  const signedAt = timeOf(headers["x-amz-date"] ?? "")
  if (signedAt === undefined) return Result.fail(rejected("The request has no valid X-Amz-Date.", "IncompleteSignature"))
  const [, accessKey = "", region = "", service = ""] = match
  return Result.succeed({ accessKey, region, service, signedAt, sessionToken: headers["x-amz-security-token"] })
}

/** So far a client's clock may be off, milliseconds. Source: IAM User Guide, "AWS Signature Version 4 for API requests": five minutes in most cases. */
const tolerance = 5 * 60_000

/** What is wrong with where and when a request was signed. */
export const misplaced = (signature: Signature, here: { readonly region: string; readonly now: number; readonly checkClock: boolean }): Refusal | undefined => {
  // STS has one endpoint for all Regions.
  if (signature.service !== "sts" && signature.region !== here.region) {
    return refusal("AuthFailure", `Credential should be scoped to a valid region, not '${signature.region}': this is ${here.region}.`)
  }
  if (here.checkClock && Math.abs(signature.signedAt - here.now) > tolerance) return refusal("RequestExpired", "Request has expired.")
  return undefined
}
