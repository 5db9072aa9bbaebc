import { Agent, request } from "undici"
import { certificate } from "./Certificates.js"
import type { ControlPlane, User } from "./ControlPlane.js"

/** What the API server answered. */
export interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}

/** A bare client of the API server, for what the test itself does. */
export interface Client {
  readonly call: (method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE", path: string, body?: unknown, contentType?: string) => Promise<Answer>
  /** As {@link Client.call}, and throws what the server says where that is no success. */
  readonly must: (method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE", path: string, body?: unknown, contentType?: string) => Promise<Record<string, unknown>>
  readonly close: () => Promise<void>
}

/** A client in the name of a user, who is known by certificate. */
export const client = async (plane: ControlPlane, { groups = [], name }: User): Promise<Client> => {
  const pair = await certificate({ commonName: name, organizations: groups, ca: plane.ca })
  const agent = new Agent({ connect: { ca: plane.ca.cert, cert: pair.cert, key: pair.key }, connections: 8 })
  const call: Client["call"] = async (method, path, body, contentType = method === "PATCH" ? "application/merge-patch+json" : "application/json") => {
    const answer = await request(`${plane.server}${path}`, {
      method,
      dispatcher: agent,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": contentType } })
    })
    return { status: answer.statusCode, body: (await answer.body.json()) as Record<string, unknown> }
  }
  return {
    call,
    must: async (method, path, body, contentType) => {
      const answer = await call(method, path, body, contentType)
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${String(answer.body["message"])}`)
      return answer.body
    },
    close: () => agent.close()
  }
}
