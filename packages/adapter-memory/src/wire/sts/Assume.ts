import { DateTime, Result } from "effect"
import { hex, type Stream, streamFor } from "../../simulation/Streams.js"
import type { Fields } from "../Document.js"
import type { Form } from "../Form.js"
import { assumed, type Principals, type Role, rolePrefix, type Session, temporaryPrefix } from "../Principals.js"
import { forbidden, invalid, type Refused } from "./Refused.js"

/** Where roles are assumed. */
export interface Assuming {
  readonly account: string
  readonly principals: Principals
  /** Undefined lets any role be assumed. */
  readonly roles: () => ReadonlyArray<Role> | undefined
  readonly stream: Stream
}

/** Source: AWS STS API Reference, AssumeRole: an hour by default, twelve at most. The least is 900 seconds there; here tests see credentials run out sooner. */
const durationOf = (form: Form): Result.Result<number, Refused> => {
  const text = form.text("DurationSeconds") ?? "3600"
  const seconds = Number(text)
  return /^\d+$/.test(text) && seconds >= 1 && seconds <= 43_200
    ? Result.succeed(seconds * 1_000)
    : Result.fail(invalid("ValidationError", `1 validation error detected: Value '${text}' at 'durationSeconds' has to be a whole number from 1 to 43200`))
}

/** Source: AWS STS API Reference, AssumeRole, RoleSessionName. */
const sessionNameOf = (form: Form): Result.Result<string, Refused> => {
  const name = form.text("RoleSessionName")
  return name !== undefined && /^[\w+=,.@-]{2,64}$/.test(name)
    ? Result.succeed(name)
    : Result.fail(invalid("ValidationError", `1 validation error detected: Value ${name === undefined ? "null" : `'${name}'`} at 'roleSessionName' failed to satisfy constraint: 2 to 64 of letters, digits and _+=,.@-`))
}

const roleOf = (form: Form): Result.Result<string, Refused> => {
  const arn = form.text("RoleArn") ?? ""
  return /^arn:aws[a-z-]*:iam::\d{12}:role\/.+/.test(arn) ? Result.succeed(arn) : Result.fail(invalid("ValidationError", `${arn} is invalid`))
}

/** What is asked for, if its form is right. */
const wantedOf = (form: Form) => Result.all({ role: roleOf(form), name: sessionNameOf(form), duration: durationOf(form) })

/** Opens a session of a role for `who`, as far as the role trusts: any role by default, or those that were declared, with their external id. */
export const assume = ({ account, principals, roles, stream }: Assuming, form: Form, now: number, who: string, action: string): Result.Result<Fields, Refused> =>
  Result.flatMap(wantedOf(form), ({ duration, name, role }) => {
    const known = roles()
    const declared = known?.find((one) => one.arn === role)
    const mayNot = known !== undefined && (declared === undefined || (declared.externalId !== undefined && declared.externalId !== form.text("ExternalId")))
    if (mayNot) return Result.fail(forbidden("AccessDenied", `User: ${who} is not authorized to perform: ${action} on resource: ${role}`))
    const session: Session = {
      accessKey: `${temporaryPrefix}${hex(stream, 16).toUpperCase()}`,
      token: hex(stream, 64),
      role,
      // A role has its id for as long as it is there.
      roleId: `${rolePrefix}${hex(streamFor(account, role), 17).toUpperCase()}`,
      name,
      expiresAt: now + duration
    }
    principals.open(session)
    const { arn, userId } = assumed(account, session)
    return Result.succeed({
      Credentials: {
        AccessKeyId: session.accessKey,
        SecretAccessKey: hex(stream, 40),
        SessionToken: session.token,
        Expiration: DateTime.formatIso(DateTime.makeUnsafe(session.expiresAt))
      },
      AssumedRoleUser: { AssumedRoleId: userId, Arn: arn }
    })
  })
