import { createServer } from "node:https"
import type { AddressInfo } from "node:net"
import { certificate } from "../../support/Certificates.js"
import type { ControlPlane } from "../../support/ControlPlane.js"

/** What the API server asked. */
export interface Asked {
  readonly path: string
  readonly body: string
}

/** A webhook server that allows everything, changes nothing, and keeps what it was asked. */
export const listen = async (plane: ControlPlane) => {
  const pair = await certificate({ commonName: "listener", addresses: ["127.0.0.1"], ca: plane.ca })
  let asked: Array<Asked> = []
  const server = createServer(pair, (request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString()
      asked.push({ path: (request.url ?? "").replace(/\?.*/, ""), body })
      const { request: review } = JSON.parse(body) as { readonly request: { readonly uid: string } }
      response.setHeader("content-type", "application/json")
      response.end(JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response: { uid: review.uid, allowed: true } }))
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.on("error", reject)
    server.listen(0, "127.0.0.1", resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    /** What was asked since the last time. */
    take: (): ReadonlyArray<Asked> => {
      const taken = asked
      asked = []
      return taken
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
}
