import { served, short } from "../Asking.js"
import { isStrict, modePlace, modeUnknown } from "../Cni.js"
import { pages, type Rule } from "../Rule.js"
import type { ServiceItem, Workload } from "../Subject.js"

const annotation = "service.beta.kubernetes.io/aws-load-balancer-"

/** Whether a load balancer sends to the pods themselves. Source: AWS Load Balancer Controller, "Service annotations". */
const toPods = ({ annotations }: ServiceItem): boolean =>
  annotations[`${annotation}nlb-target-type`] === "ip" || annotations[`${annotation}type`] === "nlb-ip"

const through = ({ service }: ServiceItem): boolean => service.type === "NodePort" || service.type === "LoadBalancer"

const sendsTo = ({ namespace, service }: ServiceItem, workload: Workload): boolean => {
  const wanted = Object.entries(service.selector ?? {})
  return workload.namespace === namespace && wanted.length > 0 &&
    wanted.every(([key, value]) => Object.hasOwn(workload.labels, key) && workload.labels[key] === value)
}

export const trafficPolicyLocalStrict: Rule = {
  id: "traffic-policy-local-strict",
  severity: "error",
  finds: "a NodePort or LoadBalancer Service with instance targets and externalTrafficPolicy: Local before pods with groups, in strict mode",
  why: "The node's way to a pod on a branch interface leads through the VPC then: with Local the traffic is dropped.",
  source: pages.sgp,
  lacks: (subject) => subject.services.some(({ service }) => service.externalTrafficPolicy === "Local") ? modeUnknown(subject) : undefined,
  judge: (subject) => {
    if (isStrict(subject.cni) !== true) return []
    const behind = served(subject)
    return subject.services.filter((one) => one.service.externalTrafficPolicy === "Local" && through(one) && !toPods(one)).flatMap((one) => {
      const workload = behind.find((candidate) => sendsTo(one, candidate))
      return workload === undefined ? [] : [{
        place: one.placeOf(["spec", "externalTrafficPolicy"]),
        message: `Service ${one.name} sends to ${short(workload)} by way of its node, which does not work with Local in strict mode`,
        mend: "use targets of type ip, externalTrafficPolicy: Cluster, or POD_SECURITY_GROUP_ENFORCING_MODE=standard (aws-node 1.11.0 or later)",
        related: [...modePlace(subject.cni), { place: workload.placeOf(["metadata", "name"]), message: `${short(workload)} has groups of its own` }]
      }]
    })
  }
}
