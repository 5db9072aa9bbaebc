import type { CompiledSelector } from "@branchline/core/selection/LabelSelector"
import { pages, type Rule } from "../Rule.js"

const isOpen = (selector: CompiledSelector | undefined): boolean => selector === undefined || selector.length === 0

export const selectorMatchesEverything: Rule = {
  id: "selector-matches-everything",
  severity: "info",
  finds: "a policy whose empty selector selects every pod of its namespace",
  why: "Every pod of the namespace then takes one of its node's branch interfaces, loses the node's groups, and waits where no node has one free.",
  source: pages.policy,
  judge: ({ policies }) =>
    policies.flatMap(({ compiled, namespace, placeOf }) => {
      if (compiled._tag === "Invalid" || !isOpen(compiled.podSelector) || !isOpen(compiled.serviceAccountSelector)) return []
      const field = compiled.podSelector === undefined ? "serviceAccountSelector" : "podSelector"
      return [{
        place: placeOf(["spec", field]),
        message: `the empty ${field} selects every pod of namespace ${namespace}`,
        mend: "select by a label where not all are meant"
      }]
    })
}
