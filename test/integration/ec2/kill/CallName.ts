const verbs: Readonly<Record<string, string>> = { POST: "create", PUT: "update", PATCH: "patch", DELETE: "delete" }

const reasonOf = (body: string): string => {
  const { reason } = JSON.parse(body) as { readonly reason?: string }
  return reason === undefined ? "" : ` ${reason}`
}

/** A call to the API server by verb and resource; events by their reason too: `patch nodes/status`, `create events ResourceAllocated`. */
export const kubernetesCallName = (method: string, url: string, body: string): string => {
  const { pathname, searchParams } = new URL(url, "https://gate")
  const path = /^\/(?:api\/v1|apis\/[^/]+\/[^/]+)\/(?:namespaces\/[^/]+\/)?([^/]+)(\/[^/]+)?(\/[^/]+)?$/.exec(pathname)
  if (path === null) return `${method} ${pathname}`
  const [, resource = "", name, subresource = ""] = path
  const what = `${resource}${subresource}`
  if (method !== "GET") return `${verbs[method] ?? method} ${what}${resource === "events" ? reasonOf(body) : ""}`
  if (name !== undefined) return `get ${what}`
  if (searchParams.has("watch")) return `watch ${what}`
  // A list of one object only asks how far the server has come.
  return searchParams.get("limit") === "1" ? `list one of ${what}` : `list ${what}`
}

/** A call to EC2 or STS by its action; one that only asks what one may do is another call: `DescribeInstances, dry run`. */
export const ec2CallName = (_method: string, url: string, body: string): string => {
  const form = new URLSearchParams(body === "" ? new URL(url, "http://gate").search : body)
  return `${form.get("Action") ?? "no action"}${form.get("DryRun") === "true" ? ", dry run" : ""}`
}
