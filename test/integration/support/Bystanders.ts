import { createServer } from "node:https"
import type { AddressInfo } from "node:net"
import { bystanders } from "@branchline/adapter-memory/cluster/Webhooks"
import { certificate } from "./Certificates.js"
import type { ControlPlane } from "./ControlPlane.js"

/** A webhook's server that allows everything and changes nothing. */
const serve = async (plane: ControlPlane): Promise<{ readonly url: string; readonly close: () => Promise<void> }> => {
  const pair = await certificate({ commonName: "bystander", addresses: ["127.0.0.1"], ca: plane.ca })
  const server = createServer(pair, (request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      const review = JSON.parse(Buffer.concat(chunks).toString()) as { readonly request: { readonly uid: string } }
      response.setHeader("content-type", "application/json")
      response.end(JSON.stringify({
        apiVersion: "admission.k8s.io/v1",
        kind: "AdmissionReview",
        response: { uid: review.request.uid, allowed: true }
      }))
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.on("error", reject)
    server.listen(0, "127.0.0.1", resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `https://127.0.0.1:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
}

/** Registers the other mutating webhooks of the seed's cluster, so that ours has the record's index. Gives what ends their server. */
export const registerBystanders = async (plane: ControlPlane): Promise<() => Promise<void>> => {
  const { close, url } = await serve(plane)
  for (const { configuration, failurePolicy, name, objectSelector, reinvocationPolicy, rules } of bystanders) {
    await plane.kubectl(["create", "-f", "-"], {
      input: JSON.stringify({
        apiVersion: "admissionregistration.k8s.io/v1",
        kind: "MutatingWebhookConfiguration",
        metadata: { name: configuration },
        webhooks: [{
          name,
          admissionReviewVersions: ["v1"],
          sideEffects: "None",
          clientConfig: { url, caBundle: Buffer.from(plane.ca.cert).toString("base64") },
          rules,
          failurePolicy,
          ...(objectSelector === undefined ? {} : { objectSelector }),
          ...(reinvocationPolicy === undefined ? {} : { reinvocationPolicy })
        }]
      })
    })
  }
  return close
}
