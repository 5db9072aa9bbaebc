import { Result } from "effect"
import type { Refusal } from "../ec2/Refusal.js"
import type { Signature } from "./Signature.js"

/** Who calls. */
export interface Principal {
  readonly arn: string
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
  readonly name: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/** Users, who are whatever key they bring, and the sessions of roles. */
export interface Principals {
  readonly open: (session: Session) => void
  readonly whoIs: (signature: Signature, now: number) => Result.Result<Principal, Refusal>
}

/** Keys of temporary credentials begin with this. Source: IAM User Guide, "IAM identifiers", unique ID prefixes. */
export const temporaryPrefix = "ASIA"

const stranger = (code: string, message: string): Refusal => ({ code, reason: { _tag: "Unauthenticated" }, message })

export const makePrincipals = (account: string): Principals => {
  const sessions = new Map<string, Session>()
  return {
    open: (session) => void sessions.set(session.accessKey, session),
    whoIs: ({ accessKey, sessionToken }, now) => {
      if (!accessKey.startsWith(temporaryPrefix)) return Result.succeed({ arn: `arn:aws:iam::${account}:user/${accessKey}`, policyOf: accessKey })
      const session = sessions.get(accessKey)
      if (session === undefined || session.token !== sessionToken) {
        return Result.fail(stranger("AuthFailure", "AWS was not able to validate the provided access credentials"))
      }
      if (session.expiresAt <= now) return Result.fail(stranger("RequestExpired", "Request has expired."))
      const role = session.role.slice(session.role.lastIndexOf("/") + 1)
      return Result.succeed({ arn: `arn:aws:sts::${account}:assumed-role/${role}/${session.name}`, policyOf: session.role })
    }
  }
}
