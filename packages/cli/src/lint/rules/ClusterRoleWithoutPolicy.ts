import { listed } from "../Asking.js"
import { pages, type Rule } from "../Rule.js"

const needed = "AmazonEKSVPCResourceController"

export const clusterRoleWithoutPolicy: Rule = {
  id: "cluster-role-without-policy",
  severity: "error",
  finds: "a cluster role without the managed policy AmazonEKSVPCResourceController",
  why: "EC2 answers UnauthorizedOperation: no node gets a trunk, and pods with groups stay Pending.",
  source: pages.configure,
  lacks: ({ aws, policies }) => policies.length > 0 && aws.clusterRole === undefined ? "nobody asked IAM for the cluster role" : undefined,
  judge: ({ aws: { clusterRole }, policies }) =>
    clusterRole === undefined || clusterRole.policies.includes(needed) || policies.length === 0 ? [] : [{
      place: { object: `IAM role ${clusterRole.name}`, field: "", position: undefined },
      message: `the cluster role ${clusterRole.name} has ${clusterRole.policies.length === 0 ? "no policy" : listed(clusterRole.policies)}, but not ${needed}`,
      mend: `aws iam attach-role-policy --role-name ${clusterRole.name} --policy-arn arn:aws:iam::aws:policy/${needed}`
    }]
}
