import { atLeast, enforcingModeSince } from "../Cni.js"
import { pages, type Rule } from "../Rule.js"

/** Source: EKS User Guide, "Configure the Amazon VPC CNI plugin for Kubernetes for security groups for Amazon EKS Pods". */
const least = "1.7.7"
/** Source: EKS User Guide, "Assign security groups to individual Pods", considerations. */
const leastForIpv6 = "1.16.0"

export const cniTooOld: Rule = {
  id: "cni-too-old",
  severity: "error",
  finds: "a CNI plugin older than security groups for pods (1.7.7; 1.16.0 in IPv6 clusters), or than the standard mode that it is set to (1.11.0)",
  why: "The plugin passes over settings that it does not know: pods get no groups, or strict mode stays in force.",
  source: pages.configure,
  judge: ({ cni, policies }) => {
    const { enforcingMode, ipv6, version } = cni
    if (version === undefined || policies.length === 0) return []
    if (!atLeast(version.value, least)) {
      return [{ place: version.place, message: `version ${version.value} of the CNI plugin knows no security groups for pods`, mend: `take ${least} or later` }]
    }
    if (ipv6?.value === true && !atLeast(version.value, leastForIpv6)) {
      return [{
        place: version.place,
        message: `version ${version.value} of the CNI plugin knows no security groups for pods in an IPv6 cluster`,
        mend: `take ${leastForIpv6} or later`
      }]
    }
    return atLeast(version.value, enforcingModeSince) || enforcingMode?.value !== "standard" ? [] : [{
      place: enforcingMode.place,
      message: `version ${version.value} of the CNI plugin knows strict mode only`,
      mend: `take ${enforcingModeSince} or later`
    }]
  }
}
