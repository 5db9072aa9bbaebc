import { Schema } from "effect"
import { Ec2Side } from "./Ec2Seen.js"
import { kind } from "./Found.js"
import {
  SeenCNINode,
  SeenConfigMap,
  SeenDaemonSet,
  SeenENIConfig,
  SeenEvent,
  SeenLease,
  SeenNamespace,
  SeenNode,
  SeenPod,
  SeenPolicy,
  SeenService,
  SeenServiceAccount,
  SeenWebhookConfiguration
} from "./Seen.js"

/** The format of a snapshot; a change that old readers cannot read gets another version. */
export const snapshotVersion = "branchline.dev/snapshot/v1"

/** What a look found of the cluster, kind by kind. */
export const ClusterFound = Schema.Struct({
  pods: kind(SeenPod),
  nodes: kind(SeenNode),
  cniNodes: kind(SeenCNINode),
  policies: kind(SeenPolicy),
  serviceAccounts: kind(SeenServiceAccount),
  namespaces: kind(SeenNamespace),
  eniConfigs: kind(SeenENIConfig),
  configMaps: kind(SeenConfigMap).annotate({ description: "kube-system/amazon-vpc-cni" }),
  daemonSets: kind(SeenDaemonSet).annotate({ description: "Of kube-system; of their environments only the VPC CNI plugin's settings" }),
  services: kind(SeenService),
  leases: kind(SeenLease).annotate({ description: "kube-system/cp-vpc-resource-controller" }),
  mutatingWebhooks: kind(SeenWebhookConfiguration).annotate({ description: "vpc-resource-mutating-webhook" }),
  validatingWebhooks: kind(SeenWebhookConfiguration).annotate({ description: "vpc-resource-validating-webhook" }),
  events: kind(SeenEvent).annotate({ description: "About pods, nodes and CNINodes" })
})
export type ClusterFound = typeof ClusterFound.Type

/** What was replaced, by sort; the numbers are of different values. */
export const Redacted = Schema.Struct({
  what: Schema.Record(Schema.String, Schema.Int).annotate({ description: "How many different values of each sort got an alias" })
})
export type Redacted = typeof Redacted.Type

/**
 * What one look found, as data: what every command answers from, and what `branchline snapshot` writes. Each kind is known, or the reason why it is not is
 * there in its place.
 */
export const Look = Schema.Struct({
  apiVersion: Schema.Literal(snapshotVersion),
  kind: Schema.Literal("Snapshot"),
  takenAt: Schema.String.annotate({ description: "RFC 3339, with milliseconds" }),
  takenBy: Schema.Struct({ tool: Schema.String, version: Schema.String }),
  server: Schema.optionalKey(Schema.String.annotate({ description: "The API server, and as whom it was asked" })),
  namespace: Schema.String.annotate({ description: "What names without a namespace mean" }),
  redacted: Schema.optionalKey(Redacted),
  cluster: ClusterFound,
  ec2: Ec2Side
})
export type Look = typeof Look.Type

/** When the look was taken, milliseconds since the epoch. */
export const nowOf = ({ takenAt }: Pick<Look, "takenAt">): number => Date.parse(takenAt)
