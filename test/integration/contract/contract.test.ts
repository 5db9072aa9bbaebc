import { Context, Effect, Layer } from "effect"
import * as K8sKubernetes from "@branchline/adapter-k8s/kubernetes/K8sKubernetes"
import { kubernetesContract, KubernetesHarness } from "@branchline/core/contract/Kubernetes"
import { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { type ControlPlane, startControlPlane } from "../support/ControlPlane.js"
import { eventually } from "../support/Program.js"

/** A namespace, and what the controller manager puts into it. */
const makeNamespace = async (plane: ControlPlane, name: string): Promise<void> => {
  await plane.kubectl(["create", "namespace", name])
  await eventually(`${name} is at rest`, () => plane.kubectl(["get", "--namespace", name, "serviceaccount/default", "configmap/kube-root-ca.crt"]))
}

const ask = async (plane: ControlPlane, path: string, body: object): Promise<unknown> => {
  const response = await fetch(`${plane.etcdServer}${path}`, { method: "POST", body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`etcd answered ${response.status} to ${path}: ${await response.text()}`)
  return response.json()
}

/**
 * Makes etcd forget its history, and the API server what it still had of it: its watch cache outlives a compaction, and serves old versions
 * as long as it remembers them, but it begins anew at a restart.
 */
const compact = async (plane: ControlPlane): Promise<void> => {
  const { header } = await ask(plane, "/v3/kv/range", { key: Buffer.from("/").toString("base64") }) as { readonly header: { readonly revision: string } }
  await ask(plane, "/v3/kv/compaction", { revision: header.revision, physical: true })
  await plane.apiServer.stop("SIGTERM")
  await plane.apiServer.start()
}

const setup = Effect.gen(function*() {
  const plane = yield* Effect.acquireRelease(
    Effect.promise(() => startControlPlane()),
    (plane) => Effect.promise(() => plane.stop())
  )
  const kubeconfig = yield* Effect.promise(() => plane.kubeconfig())
  // A bookmark comes two seconds before the watch's end at the latest (apiserver, `pkg/storage/cacher`).
  const kubernetes = yield* K8sKubernetes.make({ access: { kubeconfig }, watchTimeout: "10 seconds" })
  let count = 0
  const suffix = Effect.sync(() => `${count += 1}`)
  const harness = {
    suffix,
    namespace: Effect.gen(function*() {
      const name = `contract-${yield* suffix}`
      yield* Effect.promise(() => makeNamespace(plane, name))
      return name
    }),
    compact: Effect.promise(() => compact(plane)),
    bookmarkWithin: "60 seconds" as const
  }
  return Context.make(Kubernetes, kubernetes).pipe(Context.add(KubernetesHarness, harness))
})

kubernetesContract("kube-apiserver", { layer: Layer.effectContext(setup) })
