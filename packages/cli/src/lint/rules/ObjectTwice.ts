import { memberAt } from "../Decode.js"
import { objectName } from "../Place.js"
import { pages, type Rule } from "../Rule.js"
import type { Item } from "../Subject.js"

/** Kinds whose second version changes what rules say of the first. */
const judged: ReadonlySet<string> = new Set([
  "SecurityGroupPolicy", "ServiceAccount", "Pod", "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "ReplicaSet"
])

export const objectTwice: Rule = {
  id: "object-twice",
  severity: "warning",
  finds: "a policy, workload or service account that is given twice",
  why: "The later one replaces the earlier one, so one of the two means nothing.",
  source: pages.policy,
  judge: ({ items }) => {
    const seen = new Map<string, Array<Item>>()
    for (const item of items) {
      if (!judged.has(item.kind) || memberAt(item.document, "metadata", "name") !== item.name) continue
      const key = `${item.apiVersion} ${item.kind} ${item.namespace ?? ""}/${item.name}`
      const group = seen.get(key)
      if (group === undefined) seen.set(key, [item])
      else group.push(item)
    }
    return [...seen.values()].flatMap((group) =>
      group.length < 2 ? [] : group.map((item) => ({
        place: item.placeOf(["metadata", "name"]),
        message: `there is another ${objectName(item.kind, item.namespace, item.name)}`,
        mend: "take one out, or give it another name or namespace",
        related: group.filter((other) => other !== item).map((other) => ({ place: other.placeOf(["metadata", "name"]), message: "the other one" }))
      })))
  }
}
