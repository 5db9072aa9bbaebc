import { Context, Effect, Layer } from "effect"
import * as MemoryKubernetes from "@branchline/adapter-memory/kubernetes/MemoryKubernetes"
import { kubernetesContract, KubernetesHarness } from "@branchline/core/contract/Kubernetes"
import { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { namespaces } from "../../src/kubernetes/Kinds.js"

const setup = Effect.gen(function*() {
  const memory = yield* MemoryKubernetes.make({ bookmarkInterval: "10 millis" })
  const admin = memory.server.as({ username: "kubernetes-admin", groups: ["system:masters"] })
  let count = 0
  const suffix = Effect.sync(() => `${count += 1}`)
  const harness = {
    suffix,
    namespace: Effect.gen(function*() {
      const name = `contract-${yield* suffix}`
      yield* admin.create(namespaces, { metadata: { name } })
      return name
    }),
    compact: memory.watches.compact,
    bookmarkWithin: "10 seconds" as const
  }
  return Context.make(Kubernetes, memory.portFor("kubernetes-admin")).pipe(Context.add(KubernetesHarness, harness))
})

kubernetesContract("memory", { layer: Layer.effectContext(setup) })
