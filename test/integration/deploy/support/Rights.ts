import type { Client } from "../../support/Client.js"
import { documents } from "./Deploy.js"

interface Rule {
  readonly apiGroups: readonly [string]
  readonly resources: readonly [string]
  readonly resourceNames?: readonly [string]
  readonly verbs: ReadonlyArray<string>
}

interface Role {
  readonly rules: ReadonlyArray<Rule>
}

/** One verb on one resource, as a role of deploy/base grants it. */
export interface Right {
  readonly verb: string
  readonly group: string
  /** `nodes/status` names a subresource. */
  readonly resource: string
  readonly name: string | undefined
  /** Of the role; a cluster role has none. */
  readonly namespace: string | undefined
  /** The role without it. */
  readonly without: ReadonlyArray<Rule>
  readonly path: string
  /** The role with it. */
  readonly rules: ReadonlyArray<Rule>
}

const roleName = "eks-vpc-resource-controller"
const api = "/apis/rbac.authorization.k8s.io/v1"

/** Every right that the manifests grant to the controller. */
export const rightsOf = (manifests: string): ReadonlyArray<Right> =>
  documents<Role>(manifests).filter(({ kind }) => kind === "Role" || kind === "ClusterRole").flatMap(({ metadata: { namespace }, rules }) =>
    rules.flatMap((rule, at) =>
      rule.verbs.map((verb): Right => {
        if (rule.apiGroups.length !== 1 || rule.resources.length !== 1 || (rule.resourceNames?.length ?? 1) !== 1) {
          throw new Error("each rule of deploy/base is about one resource: a right that several share cannot be taken away alone")
        }
        const verbs = rule.verbs.filter((other) => other !== verb)
        return {
          verb,
          group: rule.apiGroups[0],
          resource: rule.resources[0],
          name: rule.resourceNames?.[0],
          namespace,
          rules,
          without: rules.flatMap((other, index) => index !== at ? [other] : verbs.length === 0 ? [] : [{ ...other, verbs }]),
          path: namespace === undefined ? `${api}/clusterroles/${roleName}` : `${api}/namespaces/${namespace}/roles/${roleName}`
        }
      })))

export const titleOf = ({ group, name, namespace, resource, verb }: Right): string =>
  `${verb} ${resource}${group === "" ? "" : `.${group}`}${name === undefined ? "" : ` ${name}`}${namespace === undefined ? "" : ` in ${namespace}`}`

/** How the API server says that it is missing. */
export const refusalOf = ({ group, resource, verb }: Right): string => `cannot ${verb} resource "${resource}" in API group "${group}"`

/** Whether the authorizer grants it to who asks. */
export const isGranted = async (client: Client, { group, name, namespace, resource, verb }: Right): Promise<boolean> => {
  const [plural = "", subresource] = resource.split("/")
  const { status } = await client.must("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    spec: { resourceAttributes: { verb, group, resource: plural, ...(subresource && { subresource }), ...(name && { name }), ...(namespace && { namespace }) } }
  })
  return (status as { readonly allowed: boolean }).allowed
}
