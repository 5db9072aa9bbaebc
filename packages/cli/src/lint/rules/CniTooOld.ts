import { atLeast, enforcingModeSince } from "../Cni.js"
import { pages, type Rule } from "../Rule.js"

/** Source: EKS User Guide, "Configure the Amazon VPC CNI plugin for Kubernetes for security groups for Amazon EKS Pods". */
const least = "1.7.7"

export const cniTooOld: Rule = {
  id: "cni-too-old",
  severity: "error",
  finds: "a CNI plugin older than security groups for pods (1.7.7), or than the standard mode that it is set to (1.11.0)",
  why: "The plugin passes over settings that it does not know: pods get no groups, or strict mode stays in force.",
  source: pages.configure,
  judge: ({ cni, policies }) => {
    const { enforcingMode, version } = cni
    if (version === undefined || policies.length === 0) return []
    if (!atLeast(version.value, least)) {
      return [{ place: version.place, message: `version ${version.value} of the CNI plugin knows no security groups for pods`, mend: `take ${least} or later` }]
    }
    return atLeast(version.value, enforcingModeSince) || enforcingMode?.value !== "standard" ? [] : [{
      place: enforcingMode.place,
      message: `version ${version.value} of the CNI plugin knows strict mode only`,
      mend: `take ${enforcingModeSince} or later`
    }]
  }
}
