import type { Scope } from "@branchline/core/ports/Kubernetes"

/** Where the API server keeps a kind; every `Resource` of the core is one. */
export interface Place {
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly namespaced: boolean
}

/** Query parameters; what is undefined is left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>

/** `/api/v1/namespaces/default/pods`; without a namespace, the kind in all of them. */
export const collection = ({ group, namespaced, plural, version }: Place, namespace?: string): string => {
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`
  return namespaced && namespace !== undefined ? `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}` : `${root}/${plural}`
}

/** `/api/v1/namespaces/default/pods/aws-cli/status` */
export const object = (
  place: Place,
  key: { readonly namespace?: string | undefined; readonly name: string },
  subresource?: "status"
): string => `${collection(place, key.namespace)}/${encodeURIComponent(key.name)}${subresource === undefined ? "" : `/${subresource}`}`

/**
 * What is wrong with a name in a path: an empty one would make the deletion of an object the deletion of all of them.
 *
 * Source: apimachinery, `pkg/api/validation/path`, IsValidPathSegmentName.
 */
export const problemOfSegment = (what: string, segment: string): string | undefined => {
  if (segment === "") return `${what} may not be empty`
  if (segment === "." || segment === "..") return `${what} may not be '${segment}'`
  const wrong = ["/", "%"].find((character) => segment.includes(character))
  return wrong === undefined ? undefined : `${what} ${segment} may not contain '${wrong}'`
}

export const withQuery = (path: string, query: Query): string => {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value))
  const text = parameters.toString()
  return text === "" ? path : `${path}?${text}`
}

/** The path that lists or watches what is in a scope. */
export const ofScope = (place: Place, scope: Scope, query: Query): string =>
  withQuery(collection(place, scope.namespace), { fieldSelector: scope.fieldSelector, ...query })
