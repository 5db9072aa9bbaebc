import { Duration, Option } from "effect"
import type { ThrottleOptions } from "../ec2/Settings.js"
import type { Role } from "../wire/Principals.js"

/** `250ms`, `5s`, `1m` as milliseconds; a bare 0 is allowed. */
export const parseMillis = (text: string): Option.Option<number> => {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text)
  if (match === null) return text === "0" ? Option.some(0) : Option.none()
  const [, number = "", unit = ""] = match
  const value = Number(number)
  return Option.some(Duration.toMillis(unit === "ms" ? Duration.millis(value) : unit === "s" ? Duration.seconds(value) : Duration.minutes(value)))
}

/** `off`, `documented`, or `200/20`: 200 at once and 20 a second, of every action. */
export const parseBucket = (text: string): Option.Option<"off" | "documented" | ThrottleOptions> => {
  if (text === "off" || text === "documented") return Option.some(text)
  const match = /^(\d{1,6})\/(\d{1,6}(?:\.\d{1,3})?)$/.exec(text)
  if (match === null) return Option.none()
  const bucket = { capacity: Number(match[1]), refill: Number(match[2]) }
  return bucket.capacity > 0 && bucket.refill > 0 ? Option.some({ mutating: bucket, describing: bucket }) : Option.none()
}

/** A subnet's CIDR, and its zone. */
export interface CidrAt {
  readonly cidr: string
  readonly zone: string | undefined
}

export const parseCidrAt = (text: string): Option.Option<CidrAt> => {
  const match = /^(\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2})(?:@([a-z0-9-]+))?$/.exec(text)
  return match === null ? Option.none() : Option.some({ cidr: match[1] ?? "", zone: match[2] })
}

/** A role's ARN, and the external id that it asks for: `arn:aws:iam::111122223333:role/x=y`. */
export const parseRole = (text: string): Option.Option<Role> => {
  const match = /^(arn:aws[a-z-]*:iam::\d{12}:role\/[^=\s]+)(?:=(.+))?$/.exec(text)
  if (match === null) return Option.none()
  const [, arn = "", externalId] = match
  return Option.some({ arn, ...(externalId === undefined ? {} : { externalId }) })
}
