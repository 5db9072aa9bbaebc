import type { Whose } from "../read/Wanted.js"

/** Text as a regular expression that stands for itself, in a query's slashes. */
const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&")

/** What lies between the address and the verb of a record is fixed, so that nothing a user wrote is taken for a verb. */
const onlyReads = "@message like /\"requestURI\":\"[^\"]*\",\"verb\":\"(get|list|watch)\"/"

const about = (resources: ReadonlyArray<string>, subresources = ""): string => `@message like /"objectRef":\\{"resource":"(${resources.join("|")})"${subresources}/`

/** What is asked of nodes and of what is made for them, whatever else is asked. */
const cluster = [
  about(["cninodes", "securitygrouppolicies"]),
  `(${about(["mutatingwebhookconfigurations", "validatingwebhookconfigurations"])} and @message like /"name":"vpc-resource-/)`,
  `(${about(["nodes"])} and @message like /pod-eni|has-trunk-attached/)`
]

const pods = (whose: Whose | undefined): ReadonlyArray<string> => {
  if (whose === undefined) {
    return [
      `(${about(["pods"])} and not (@message like /"objectRef":\\{[^}]*"subresource":"(status|log|exec|attach|portforward)"/ and @message not like /pod-eni/))`,
      `(${about(["events"])} and @message like /BranchAllocationFailed|BranchENIAnnotationFailed/)`
    ]
  }
  return [`(${about(["pods", "events"])} and @message like /${literal(whose._tag === "Uid" ? whose.uid : whose.name)}/)`]
}

/**
 * The Logs Insights query that narrows a cluster's audit log to what a story can use; the reader decides what of it is told.
 *
 * Source: CloudWatch Logs User Guide, "CloudWatch Logs Insights language query syntax"; EKS User Guide, "Send control plane logs to CloudWatch Logs", for the streams' names.
 */
export const queryOf = (whose: Whose | undefined): string =>
  [
    "fields @timestamp, @message",
    "filter @logStream like /^kube-apiserver-audit/",
    `filter not (${onlyReads})`,
    `filter ${[...pods(whose), ...cluster].join(" or ")}`,
    "sort @timestamp asc"
  ].join("\n| ")
