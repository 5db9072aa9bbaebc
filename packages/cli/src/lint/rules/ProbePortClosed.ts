import { listed, served, short } from "../Asking.js"
import { isStrict, modePlace, modeUnknown } from "../Cni.js"
import { groupsOf, unasked } from "../Groups.js"
import { tcpProbes } from "../Probes.js"
import { lets } from "../Reach.js"
import { type Found, pages, type Rule } from "../Rule.js"

export const probePortClosed: Rule = {
  id: "probe-port-closed",
  severity: "error",
  finds: "a probed port that no rule of the pod's groups opens to the node's groups, in strict mode",
  why: "kubelet's probe comes from the node's interface and is dropped, so the pod is killed or never ready.",
  source: pages.policy,
  lacks: (subject) => {
    const probed = served(subject).filter((workload) => tcpProbes(workload).length > 0)
    if (probed.length === 0) return undefined
    const groups = unasked(subject.aws, probed.flatMap(({ selection }) => selection.groups))
    return groups ?? (subject.aws.nodeGroups === undefined ? "the nodes' groups are not known" : modeUnknown(subject))
  },
  judge: (subject) => {
    const { aws, cni } = subject
    const { nodeGroups } = aws
    if (nodeGroups === undefined || isStrict(cni) !== true) return []
    return served(subject).flatMap((workload): ReadonlyArray<Found> => {
      const ids = workload.selection.groups
      const groups = groupsOf(aws, ids)
      if (groups === undefined) return []
      return tcpProbes(workload).flatMap(({ kind, path, port }) =>
        port === undefined || lets(groups, "ingress", "tcp", port, { groups: nodeGroups, ranges: aws.ranges }) ? [] : [{
          place: workload.inPod(path),
          message: `no rule of ${listed(ids)} lets the node reach port ${port}, where kubelet makes the ${kind} probe of ${short(workload)}`,
          mend: `allow TCP ${port} from ${listed(nodeGroups)} in one of them`,
          related: modePlace(cni)
        }])
    })
  }
}
