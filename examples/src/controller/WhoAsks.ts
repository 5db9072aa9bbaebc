import type { AccessError } from "@branchline/adapter-ec2/access/AccessError"
import type { Resolved } from "./config/Resolve.js"

/** Where people said who asks EC2, as far as that has to do with what is wrong. */
interface Place {
  readonly place: string
  /** Instead of the error's own words, where it knows less than this place does. */
  readonly words?: string
}

const profileFiles = "~/.aws/config and ~/.aws/credentials (AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE)"

/** Source: AWS SDKs Reference Guide, "Container credential provider": EKS Pod Identity sets it in the pods of an associated service account. */
const podIdentity = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
/** Source: AWS SDKs Reference Guide, "Assume role credential provider": what the annotation of a service account sets in its pods. */
const roleVariable = "AWS_ROLE_ARN"

const placeOf = (reason: AccessError["reason"], { configuration, origins }: Resolved, environment: NodeJS.ProcessEnv): Place | undefined => {
  const profile = configuration.profile ?? environment["AWS_PROFILE"]
  const agent = environment[podIdentity]
  if (reason === "no credentials" && profile !== undefined) {
    const place = configuration.profile === undefined ? "AWS_PROFILE" : origins.profile
    return { place, words: `AWS has no credentials of profile ${JSON.stringify(profile)}; name one that has some in ${profileFiles}` }
  }
  if (reason === "no credentials" && agent !== undefined) {
    const mend = "see that EKS Pod Identity's agent runs on this node, and that the service account is associated with a role"
    return { place: podIdentity, words: `${agent} gives no credentials; ${mend}` }
  }
  if (reason !== "role") return undefined
  if (configuration.clusterRoleArn !== undefined) return { place: origins.clusterRoleArn }
  return environment[roleVariable] === undefined ? undefined : { place: roleVariable }
}

/** What is wrong, by the place where somebody said it, if there is one. */
export const placed = ({ message, reason }: AccessError, resolved: Resolved, environment: NodeJS.ProcessEnv): string => {
  const found = placeOf(reason, resolved, environment)
  return found === undefined ? message : `${found.place}: ${found.words ?? message}`
}
