import { served, short } from "../Asking.js"
import { isStrict, modePlace, modeUnknown } from "../Cni.js"
import { pages, type Rule } from "../Rule.js"
import type { ServiceItem, Workload } from "../Subject.js"

const annotation = "service.beta.kubernetes.io/aws-load-balancer-"

/** Whether a load balancer sends to the pods themselves. Source: AWS Load Balancer Controller, "Service annotations". */
const toPods = ({ annotations }: ServiceItem): boolean =>
  annotations[`${annotation}nlb-target-type`] === "ip" || annotations[`${annotation}type`] === "nlb-ip"

const isLocal = ({ service }: ServiceItem): boolean =>
  service.externalTrafficPolicy === "Local" && (service.type === "NodePort" || service.type === "LoadBalancer")

/** A look at a cluster keeps no annotations of Services, which say where their load balancers send to. */
const isUntold = (one: ServiceItem): boolean => one.service.type === "LoadBalancer" && one.placeOf([]).position === undefined

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
  lacks: (subject) => {
    const local = subject.services.filter(isLocal)
    if (local.length === 0 || served(subject).length === 0) return undefined
    return modeUnknown(subject) ?? (isStrict(subject.cni) === true && local.some(isUntold) ? "a look at a cluster does not tell where a load balancer sends to: give its Service as a manifest" : undefined)
  },
  judge: (subject) => {
    if (isStrict(subject.cni) !== true) return []
    const behind = served(subject)
    return subject.services.filter((one) => isLocal(one) && !toPods(one) && !isUntold(one)).flatMap((one) => {
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
