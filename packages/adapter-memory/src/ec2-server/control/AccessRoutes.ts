import { Effect, Result, Schema } from "effect"
import { type Policy, readPolicy } from "../../wire/iam/Policy.js"
import type { Role } from "../../wire/Principals.js"
import { type Asked, read, type Route, Wrong } from "./Route.js"

/** Who may do what: IAM's policies by principal, and the roles that may be assumed. */
export interface Access {
  readonly policies: Map<string, Policy>
  /** Undefined: any role may be assumed. */
  readonly roles: { current: ReadonlyArray<Role> | undefined }
}

const Roles = Schema.NullOr(Schema.Array(Schema.Struct({
  arn: Schema.String.check(Schema.isPattern(/^arn:aws[a-z-]*:iam::\d{12}:role\/.+/, { expected: "a role's ARN such as arn:aws:iam::111122223333:role/name" })),
  externalId: Schema.optionalKey(Schema.String)
})))

const readRoles = read(Roles, "roles")

const principalOf = ({ query }: Asked): string => query.get("principal") ?? "*"

/** `PUT policy`, `DELETE policy`, `PUT roles`. */
export const accessRoutes = ({ policies, roles }: Access): ReadonlyArray<Route> => [
  { method: "GET", path: "policy", run: () => Effect.sync(() => Object.fromEntries(policies)) },
  {
    method: "PUT",
    path: "policy",
    run: (asked) => {
      const policy = readPolicy(asked.body)
      if (Result.isFailure(policy)) return Effect.fail(new Wrong({ status: 400, message: `no policy document: ${policy.failure}` }))
      return Effect.sync(() => void policies.set(principalOf(asked), policy.success))
    }
  },
  { method: "DELETE", path: "policy", run: (asked) => Effect.sync(() => void policies.delete(principalOf(asked))) },
  {
    method: "PUT",
    path: "roles",
    run: ({ body }) =>
      Effect.map(readRoles(body), (declared) => {
        roles.current = declared ?? undefined
      })
  }
]
