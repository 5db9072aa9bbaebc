import { listed } from "../Asking.js"
import { type Found, pages, type Rule } from "../Rule.js"
import type { Subject } from "../Subject.js"

const needed = "AmazonEKSVPCResourceController"

const mendOf = (role: string): string => `aws iam attach-role-policy --role-name ${role} --policy-arn arn:aws:iam::aws:policy/${needed}`

const missing = ({ aws: { clusterRole }, policies }: Subject): ReadonlyArray<Found> =>
  clusterRole === undefined || clusterRole.policies.includes(needed) || policies.length === 0 ? [] : [{
    place: { object: `IAM role ${clusterRole.name}`, field: "", position: undefined },
    message: `the cluster role ${clusterRole.name} has ${clusterRole.policies.length === 0 ? "no policy" : listed(clusterRole.policies)}, but not ${needed}`,
    mend: mendOf(clusterRole.name)
  }]

/** What was refused tells of a role that nobody looked at. */
const refused = ({ aws: { clusterRole }, refusals }: Subject): ReadonlyArray<Found> => {
  const [first, ...others] = refusals
  return first === undefined || clusterRole !== undefined ? [] : [{
    place: first.place,
    message: `EC2 refuses the controller what it needs: ${first.message}`,
    mend: mendOf("NAME"),
    ...(others.length === 0 ? {} : { related: others.map(({ message, place }) => ({ place, message })) })
  }]
}

export const clusterRoleWithoutPolicy: Rule = {
  id: "cluster-role-without-policy",
  severity: "error",
  finds: "a cluster role without the managed policy AmazonEKSVPCResourceController, or events that tell of EC2's refusal",
  why: "EC2 answers UnauthorizedOperation: no node gets a trunk, and pods with groups stay Pending.",
  source: pages.configure,
  lacks: ({ aws, policies, refusals }) => policies.length > 0 && aws.clusterRole === undefined && refusals.length === 0 ? "nobody asked IAM for the cluster role" : undefined,
  judge: (subject) => [...missing(subject), ...refused(subject)]
}
