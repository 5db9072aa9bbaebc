import { Option } from "effect"
import { Flag } from "effect/cli"

const text = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description), Flag.map(Option.some), Flag.withDefault(Option.none<string>()))

/** Where a look comes from: a cluster as kubectl reaches it, or a file. */
export const lookFlags = {
  snapshot: text("snapshot", "file", "Look at a snapshot that `branchline snapshot` wrote, - for standard input, and at no cluster"),
  namespace: text("namespace", "name", "What names without a namespace mean. Default: the context's own, or default").pipe(Flag.withAlias("n")),
  context: text("context", "name", "The kubeconfig's context. Default: its current one"),
  kubeconfig: text("kubeconfig", "file", "Default: $KUBECONFIG, ~/.kube/config, a pod's own access"),
  as: text("as", "user", "Look in this user's name (impersonation), as kubectl's flag"),
  asGroup: Flag.String("as-group").pipe(Flag.withMetavar("group"), Flag.withDescription("And as a member of this group; may be given again"), Flag.atLeast(0)),
  aws: Flag.Boolean("aws").pipe(Flag.withDescription("Look at EC2, too: only describes. Without it, what only EC2 knows is said to be unknown"), Flag.withDefault(false)),
  region: text("region", "name", "EC2's Region. Default: that of the nodes, or as the AWS SDK finds it"),
  profile: text("profile", "name", "A profile of the AWS configuration"),
  endpointUrl: text("endpoint-url", "url", "Where EC2 is, for a private endpoint or a test"),
  clusterName: text("cluster-name", "name", "The cluster's name in EC2's tags. Default: as the CNINodes have it")
}

/** What was asked for. */
export interface LookAsked {
  readonly snapshot: Option.Option<string>
  readonly namespace: Option.Option<string>
  readonly context: Option.Option<string>
  readonly kubeconfig: Option.Option<string>
  readonly as: Option.Option<string>
  readonly asGroup: ReadonlyArray<string>
  readonly aws: boolean
  readonly region: Option.Option<string>
  readonly profile: Option.Option<string>
  readonly endpointUrl: Option.Option<string>
  readonly clusterName: Option.Option<string>
}
