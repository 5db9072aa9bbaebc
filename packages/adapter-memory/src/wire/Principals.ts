import { Result } from "effect"
import type { Refusal } from "../ec2/Refusal.js"
import type { Context } from "./iam/Context.js"
import type { Signature } from "./Signature.js"

/** Who calls. */
export interface Principal {
  readonly arn: string
  /** `AIDA…` of a user, `AROA…:session` of a role. */
  readonly userId: string
  /** What a policy is put under: the access key, or the role's ARN. */
  readonly policyOf: string
}

/** A role that may be assumed. */
export interface Role {
  readonly arn: string
  readonly externalId?: string | undefined
}

/** Temporary credentials of a role. */
export interface Session {
  readonly accessKey: string
  readonly token: string
  readonly role: string
  /** `AROA…` */
  readonly roleId: string
  readonly name: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/** Users, who are whatever key they bring, and the sessions of roles. */
export interface Principals {
  readonly open: (session: Session) => void
  readonly whoIs: (signature: Signature, now: number) => Result.Result<Principal, Refusal>
}

// What ids begin with. Source: IAM User Guide, "IAM identifiers", unique ID prefixes.
/** Keys of temporary credentials. */
export const temporaryPrefix = "ASIA"
export const rolePrefix = "AROA"
const userPrefix = "AIDA"

/** Sessions that are known; of more the oldest are forgotten. */
const mostSessions = 10_000

const stranger = (code: string, message: string): Refusal => ({ code, reason: { _tag: "Unauthenticated" }, message })

const userOf = (account: string, accessKey: string): Principal => ({
  arn: `arn:aws:iam::${account}:user/${accessKey}`,
  userId: `${userPrefix}${accessKey.replace(/^AKIA/, "")}`,
  policyOf: accessKey
})

/** The name of a role, without its path. */
const nameOf = (role: string): string => role.slice(role.lastIndexOf("/") + 1)

/** Who has a role's session. */
export const assumed = (account: string, { name, role, roleId }: Session): Principal => ({
  arn: `arn:aws:sts::${account}:assumed-role/${nameOf(role)}/${name}`,
  userId: `${roleId}:${name}`,
  policyOf: role
})

/** The condition keys that tell a principal. Source: IAM User Guide, "AWS global condition context keys". */
export const keysOf = ({ arn, policyOf, userId }: Principal): Context => {
  const isUser = userId.startsWith(userPrefix)
  return {
    "aws:PrincipalArn": [isUser ? arn : policyOf],
    "aws:PrincipalAccount": [arn.split(":")[4] ?? ""],
    "aws:PrincipalType": [isUser ? "User" : "AssumedRole"],
    "aws:userid": [userId],
    ...(isUser ? { "aws:username": [nameOf(arn)] } : {})
  }
}

export const makePrincipals = (account: string): Principals => {
  const sessions = new Map<string, Session>()
  return {
    open: (session) => {
      sessions.set(session.accessKey, session)
      const [oldest] = sessions.keys()
      if (sessions.size > mostSessions && oldest !== undefined) sessions.delete(oldest)
    },
    whoIs: ({ accessKey, sessionToken }, now) => {
      if (!accessKey.startsWith(temporaryPrefix)) return Result.succeed(userOf(account, accessKey))
      const session = sessions.get(accessKey)
      if (session === undefined || session.token !== sessionToken) {
        return Result.fail(stranger("AuthFailure", "AWS was not able to validate the provided access credentials"))
      }
      if (session.expiresAt <= now) return Result.fail(stranger("RequestExpired", "Request has expired."))
      return Result.succeed(assumed(account, session))
    }
  }
}
