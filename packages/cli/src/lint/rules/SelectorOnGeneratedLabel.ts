import { pathOf } from "../Place.js"
import { pages, type Rule } from "../Rule.js"

/** Labels whose value is another one after each rollout. Source: Kubernetes, "Well-Known Labels, Annotations and Taints"; "Deployments: Pod-template-hash label". */
const changing: ReadonlySet<string> = new Set(["pod-template-hash", "controller-revision-hash", "pod-template-generation", "controller-uid", "batch.kubernetes.io/controller-uid"])

export const selectorOnGeneratedLabel: Rule = {
  id: "selector-on-generated-label",
  severity: "warning",
  finds: "a selector by a label whose value a rollout changes, such as pod-template-hash",
  why: "The next rollout makes pods with another value, which the policy does not select: they start with the node's groups.",
  source: pages.labels,
  judge: ({ policies }) =>
    policies.flatMap(({ compiled, placeOf }) =>
      compiled._tag === "Invalid" ? [] : (compiled.podSelector ?? []).flatMap(({ key, operator, path }) =>
        changing.has(key) && operator === "In" ? [{
          place: placeOf(pathOf(path)),
          message: `label ${key} has another value after each rollout`,
          mend: "select by a label of the pod template"
        }] : []))
}
