import type { Ec2Error } from "@branchline/core/ports/Ec2Error"
import { setClock } from "../errors/Codes.js"
import { AccessError, type AccessReason } from "./AccessError.js"

const roleCodes: ReadonlySet<string> = new Set(["AccessDenied", "AccessDeniedException"])

const reasonOf = ({ code, mend = "", reason }: Ec2Error): AccessReason => {
  switch (reason._tag) {
    case "Unauthorized":
      return "unauthorized"
    case "Unauthenticated":
      return code === "NoCredentials" ? "no credentials" : mend.startsWith(setClock) ? "clock" : roleCodes.has(code) ? "role" : "refused"
    case "Throttled":
    case "Unavailable":
    case "UnknownOutcome":
      return "unreachable"
    default:
      return "refused"
  }
}

/** An error of a first call as what has to be mended before there can be a second. */
export const accessError = (error: Ec2Error, where: string): AccessError => {
  const { action, code, mend, message } = error
  const reason = reasonOf(error)
  const words = reason === "no credentials" ? `AWS has no credentials: ${message}` : `${where} answers ${action} with ${code}: ${message}`
  const place = reason === "unreachable" ? `${where} cannot be reached: ${code}: ${message}` : words
  return new AccessError({ reason, message: mend === undefined ? place : `${place}; ${mend}` })
}

/** Nobody said where EC2 is. */
export const noRegion = (): AccessError =>
  new AccessError({ reason: "no region", message: "no Region is known; name it with --region, AWS_REGION, or in the profile" })

/** Somebody said it, but not as Regions are named. */
export const badRegion = (words: string): AccessError =>
  new AccessError({ reason: "no region", message: `that is no Region (${words}); name one such as eu-west-1 with --region, AWS_REGION, or in the profile` })
