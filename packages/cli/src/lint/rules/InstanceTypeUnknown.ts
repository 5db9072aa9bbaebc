import { limitsSource } from "@branchline/core/limits/Limits"
import { quote, served } from "../Asking.js"
import { trunkingOf, typesOf } from "../InstanceTypes.js"
import { pages, type Rule } from "../Rule.js"

export const instanceTypeUnknown: Rule = {
  id: "instance-type-unknown",
  severity: "info",
  finds: "an instance type that the table of limits does not know, for a workload that a policy selects",
  why: `The name may be wrong, or the type newer than the table (${limitsSource.version}): whether it carries branch interfaces is not known.`,
  source: pages.controller,
  judge: (subject) =>
    served(subject).flatMap((workload) => {
      const asked = typesOf(workload, subject.settings)
      return (asked?.types ?? []).flatMap((type) => {
        const trunking = trunkingOf(type, subject.settings)
        return typeof trunking === "string" || asked === undefined ? [] : [{
          place: asked.place,
          message: `instance type ${quote(type)} is not known`,
          mend: trunking.suggestion === undefined ? "mend the name, or add the type's limits to settings.instanceTypes" : `did you mean ${trunking.suggestion}? Else add its limits to settings.instanceTypes`
        }]
      })
    })
}
