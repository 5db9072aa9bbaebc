/** Who calls, as the authenticator would tell the audit log and the webhooks. */
export interface User {
  readonly username: string
  readonly uid?: string
  readonly groups: ReadonlyArray<string>
}

const serviceAccount = /^system:serviceaccount:([^:]+):[^:]+$/

/**
 * The user behind a name, with the groups that its form implies.
 *
 * Source: Kubernetes, "Authenticating", groups of service accounts and of all authenticated users.
 *
 * @example userOf("system:serviceaccount:kube-system:aws-node").groups
 * // ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"]
 */
export const userOf = (username: string): User => {
  const namespace = serviceAccount.exec(username)?.[1]
  return {
    username,
    groups: namespace === undefined
      ? ["system:authenticated"]
      : ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"]
  }
}
