import { listed, served } from "../Asking.js"
import { isStrict, modePlace, modeUnknown } from "../Cni.js"
import { pages, type Rule } from "../Rule.js"

export const publicSubnetStrict: Rule = {
  id: "public-subnet-strict",
  severity: "warning",
  finds: "nodes in public subnets, in strict mode, while a policy selects pods",
  why: "In strict mode nothing translates the pod's address, and a branch interface has no public one: pods with groups there do not reach the internet.",
  source: pages.sgp,
  lacks: (subject) => served(subject).length === 0 ? undefined : subject.aws.nodesInPublicSubnets === undefined ? "nobody asked EC2 for the nodes' subnets and routes" : modeUnknown(subject),
  judge: (subject) => {
    const { aws, cni } = subject
    const names = aws.nodesInPublicSubnets ?? []
    const place = subject.nodes.find(({ name }) => names.includes(name))?.placeOf(["metadata", "name"]) ?? (cni.enforcingMode ?? cni.version)?.place
    return names.length === 0 || isStrict(cni) !== true || served(subject).length === 0 || place === undefined ? [] : [{
      place,
      message: `${listed(names)} ${names.length === 1 ? "is" : "are"} in a public subnet, where pods with groups do not reach the internet in strict mode`,
      mend: "put the nodes into private subnets with a NAT gateway",
      related: modePlace(cni)
    }]
  }
}
