import { counted, served } from "../Asking.js"
import { isStrict, modePlace, modeUnknown } from "../Cni.js"
import { pages, type Rule } from "../Rule.js"

export const nodeLocalDnsStrict: Rule = {
  id: "node-local-dns-strict",
  severity: "error",
  finds: "NodeLocal DNSCache beside pods with groups in strict mode",
  why: "In strict mode all traffic of the pod leaves the node, so it never reaches the cache on its own node: it resolves no name.",
  source: pages.sgp,
  lacks: (subject) => subject.cni.nodeLocalDns === undefined || served(subject).length === 0 ? undefined : modeUnknown(subject),
  judge: (subject) => {
    const { cni } = subject
    const pods = served(subject).length
    return pods === 0 || cni.nodeLocalDns?.value !== true || isStrict(cni) !== true ? [] : [{
      place: cni.nodeLocalDns.place,
      message: `NodeLocal DNSCache does not work in strict mode, and policies select ${counted(pods, "workload")}`,
      mend: "set POD_SECURITY_GROUP_ENFORCING_MODE=standard on aws-node (1.11.0 or later) and make the pods again",
      related: modePlace(cni)
    }]
  }
}
