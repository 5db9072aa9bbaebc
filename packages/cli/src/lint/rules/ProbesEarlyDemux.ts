import { listed, served, short } from "../Asking.js"
import { isStrict, modeUnknown } from "../Cni.js"
import { tcpProbes } from "../Probes.js"
import { pages, type Rule } from "../Rule.js"

export const probesEarlyDemux: Rule = {
  id: "probes-early-demux",
  severity: "error",
  finds: "TCP, HTTP or gRPC probes of a pod with groups in strict mode, while TCP early demux is on",
  why: "The node takes the pod's answers for its own before they reach kubelet, so probes fail and the pod is killed or never ready.",
  source: pages.configure,
  lacks: (subject) =>
    !served(subject).some((workload) => tcpProbes(workload).length > 0) ? undefined : modeUnknown(subject) ?? (isStrict(subject.cni) === true && subject.cni.disableTcpEarlyDemux === undefined
      ? "whether TCP early demux is off is not known (give the aws-node DaemonSet, or settings.cni.disableTcpEarlyDemux)"
      : undefined),
  judge: (subject) => {
    const { cni } = subject
    if (isStrict(cni) !== true || cni.disableTcpEarlyDemux?.value !== false) return []
    const { place: setting } = cni.disableTcpEarlyDemux
    return served(subject).flatMap((workload) => {
      const [first, ...more] = tcpProbes(workload)
      return first === undefined ? [] : [{
        place: workload.inPod(first.path),
        message: `kubelet cannot make the ${listed([...new Set([first, ...more].map(({ kind }) => kind))])} probe of ${short(workload)}: TCP early demux is on`,
        mend: "set DISABLE_TCP_EARLY_DEMUX=true on the init container aws-vpc-cni-init of aws-node, or POD_SECURITY_GROUP_ENFORCING_MODE=standard",
        related: [{ place: setting, message: "here TCP early demux is left on" }]
      }]
    })
  }
}
