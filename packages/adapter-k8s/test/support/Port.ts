import { Effect } from "effect"
import type { Kubernetes } from "@branchline/core/ports/Kubernetes"
import * as K8sKubernetes from "@branchline/adapter-k8s/kubernetes/K8sKubernetes"
import { folder, kubeconfig, write } from "./Config.js"

/** A port to a server, by a kubeconfig of its own. */
export const portTo = (
  server: string,
  options: K8sKubernetes.PortOptions = {},
  user: object = {},
  cluster: object = {}
) =>
  Effect.gen(function*() {
    const file = write(yield* folder, "config", kubeconfig(server, user, cluster))
    const port: Kubernetes["Service"] = yield* K8sKubernetes.make({ access: { kubeconfig: file }, ...options })
    return port
  })
