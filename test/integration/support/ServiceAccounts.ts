import { writeFileSync } from "node:fs"
import { join } from "node:path"
import type { ControlPlane } from "./ControlPlane.js"

let configs = 0

/** A kubeconfig in which a service account is known by a token of its own, as a pod of it would be. */
export const serviceAccountConfig = async (plane: ControlPlane, namespace: string, name: string, server = plane.server): Promise<string> => {
  const token = (await plane.kubectl(["create", "token", name, "-n", namespace])).trim()
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster: { server, "certificate-authority-data": Buffer.from(plane.ca.cert).toString("base64") } }],
    users: [{ name, user: { token } }],
    contexts: [{ name: "test", context: { cluster: "test", user: name } }],
    "current-context": "test"
  }
  configs++
  const file = join(plane.folder, `token-kubeconfig-${configs}`)
  writeFileSync(file, JSON.stringify(config))
  return file
}
