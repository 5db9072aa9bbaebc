import { Agent, request } from "undici"
import { certificate } from "../../support/Certificates.js"
import { administrator, type ControlPlane } from "../../support/ControlPlane.js"

/** What became of a document that was sent to be created, and the warnings that kubectl would print. */
export interface Verdict {
  readonly status: number
  readonly message: string
  readonly warnings: ReadonlyArray<string>
}

// RFC 7234: 299 - "text", several after a comma; quotes inside are escaped.
const texts = (header: string): ReadonlyArray<string> =>
  [...header.matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map(([, text = ""]) => text.replaceAll(/\\(.)/g, "$1"))

/** Sends documents as the administrator, as a dry run unless said otherwise. */
export const sender = async (plane: ControlPlane) => {
  const pair = await certificate({ commonName: administrator.name, organizations: administrator.groups ?? [], ca: plane.ca })
  const agent = new Agent({ connect: { ca: plane.ca.cert, cert: pair.cert, key: pair.key }, connections: 8 })
  const send = async (method: "POST" | "PATCH", path: string, document: unknown, dryRun = true): Promise<Verdict> => {
    const answer = await request(`${plane.server}${path}?fieldValidation=Warn${dryRun ? "&dryRun=All" : ""}`, {
      method,
      dispatcher: agent,
      headers: { "content-type": method === "PATCH" ? "application/merge-patch+json" : "application/json" },
      body: JSON.stringify(document)
    })
    const body = (await answer.body.json()) as { readonly message?: string }
    const warning = answer.headers["warning"] ?? []
    return {
      status: answer.statusCode,
      message: body.message ?? "",
      warnings: (typeof warning === "string" ? [warning] : warning).flatMap(texts)
    }
  }
  return { send, close: () => agent.close() }
}
