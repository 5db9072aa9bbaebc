import { listed, served, short } from "../Asking.js"
import { isStrict } from "../Cni.js"
import { groupsOf, unasked } from "../Groups.js"
import { lets } from "../Reach.js"
import { type Found, pages, type Rule } from "../Rule.js"
import type { Subject, Workload } from "../Subject.js"

const protocols = ["udp", "tcp"] as const
const port = 53

const words = (some: ReadonlyArray<"udp" | "tcp">): string => some.map((one) => one.toUpperCase()).join(" and ")

/** Whether the pods ask the cluster's DNS by way of their branch interface. Source: Kubernetes, "DNS for Services and Pods: Pod's DNS Policy". */
const asksCluster = ({ spec }: Workload, { cni }: Subject): boolean =>
  spec.dnsPolicy !== "Default" && spec.dnsPolicy !== "None" && !(cni.nodeLocalDns?.value === true && isStrict(cni) === false)

export const dnsClosed: Rule = {
  id: "dns-closed",
  severity: "error",
  finds: "pods whose groups, or the groups of the cluster's DNS, have no rule for port 53 by TCP and UDP between them",
  why: "The pod's questions are dropped, so it resolves no name: everything it does seems to hang.",
  source: pages.policy,
  lacks: (subject) => {
    const asking = served(subject).filter((workload) => asksCluster(workload, subject))
    if (asking.length === 0) return undefined
    const groups = unasked(subject.aws, asking.flatMap(({ selection }) => selection.groups))
    return groups ?? (subject.aws.dnsGroups === undefined ? "the groups of the cluster's DNS are not known" : undefined)
  },
  judge: (subject) => {
    const { aws } = subject
    const { dnsGroups } = aws
    if (dnsGroups === undefined) return []
    const dns = groupsOf(aws, dnsGroups)
    return served(subject).filter((workload) => asksCluster(workload, subject)).flatMap((workload): ReadonlyArray<Found> => {
      const ids = workload.selection.groups
      const groups = groupsOf(aws, ids)
      if (groups === undefined) return []
      const place = workload.placeOf(["metadata", "name"])
      const out = protocols.filter((protocol) => !lets(groups, "egress", protocol, port, { groups: dnsGroups, ranges: aws.ranges }))
      if (out.length > 0) {
        return [{
          place,
          message: `no rule of ${listed(ids)} lets ${short(workload)} ask the cluster's DNS (${words(out)} 53)`,
          mend: `allow ${words(out)} 53 to ${listed(dnsGroups)} in one of them`
        }]
      }
      const into = dns === undefined ? [] : protocols.filter((protocol) => !lets(dns, "ingress", protocol, port, { groups: ids, ranges: aws.ranges }))
      return into.length === 0 ? [] : [{
        place,
        message: `no rule of ${listed(dnsGroups)} lets ${short(workload)} reach the cluster's DNS (${words(into)} 53)`,
        mend: `allow ${words(into)} 53 from one of ${listed(ids)} there`
      }]
    })
  }
}
