import { describe, layer } from "@effect/vitest"
import { creates } from "./kubernetes/Creates.js"
import { deletes } from "./kubernetes/Deletes.js"
import { recordedEvents } from "./kubernetes/Events.js"
import { lists } from "./kubernetes/Lists.js"
import { patches } from "./kubernetes/Patches.js"
import { bookmarks, compaction, watches } from "./kubernetes/Watches.js"
import { type Check, checkWith, type KubernetesContractPart, type KubernetesContractSetup } from "./kubernetes/World.js"

export { type KubernetesContractPart, type KubernetesContractSetup, KubernetesHarness } from "./kubernetes/World.js"

/** The chapters of the contract, and what a server must have for each. */
const chapters: ReadonlyArray<{
  readonly name: string
  readonly needs: ReadonlyArray<KubernetesContractPart>
  readonly checks: (check: Check) => void
}> = [
  { name: "list and get", needs: [], checks: lists },
  { name: "watch", needs: [], checks: watches },
  { name: "watch and compaction", needs: ["compaction"], checks: compaction },
  { name: "bookmarks", needs: ["bookmarks"], checks: bookmarks },
  { name: "create", needs: [], checks: creates },
  { name: "patch", needs: [], checks: patches },
  { name: "delete", needs: [], checks: deletes },
  { name: "recordEvent", needs: [], checks: recordedEvents }
]

/**
 * The contract of the `Kubernetes` port as a vitest suite: every adapter passes it. It uses only the port and the harness, waits for watch
 * events and never for time to pass, and needs neither scheduler nor kubelet, so it runs against a bare kube-apiserver too.
 *
 * ```ts
 * kubernetesContract("memory", { layer: Layer.effectContext(…) }) // Layer<Kubernetes | KubernetesHarness>
 * ```
 */
export const kubernetesContract = <E>(name: string, setup: KubernetesContractSetup<E>): void => {
  const lacking = new Set(setup.without)
  describe(`Kubernetes contract: ${name}`, () => {
    layer(setup.layer, { excludeTestServices: true })((it) => {
      for (const chapter of chapters.filter(({ needs }) => !needs.some((part) => lacking.has(part)))) {
        describe(`${chapter.name}`, () => {
          chapter.checks(checkWith(it))
        })
      }
    })
  })
}
