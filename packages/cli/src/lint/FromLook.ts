import { computeTypeLabel } from "@branchline/core/model/Names"
import { instanceIdOf } from "@branchline/core/model/Node"
import { isTerminal } from "@branchline/core/model/PodTraits"
import { apiVersionOf } from "@branchline/core/model/Resource"
import { Array as Arr, Schema } from "effect"
import { named } from "../cluster/Ec2Live.js"
import type { SeenSecurityGroup } from "../cluster/Ec2Seen.js"
import { isKnown, itemsOf, type Kind } from "../cluster/Found.js"
import { kinds } from "../cluster/Kinds.js"
import type { ClusterFound, Look } from "../cluster/Look.js"
import type { SeenPod } from "../cluster/Seen.js"
import { notSeen } from "../cluster/Unknowns.js"
import type { AwsFacts, SecurityGroup } from "./AwsFacts.js"
import type { Given } from "./Decode.js"
import { objectName } from "./Place.js"
import type { Listed, Refusal } from "./Subject.js"

/** What a look at a cluster gives to judge. */
export interface Background {
  readonly objects: ReadonlyArray<Given>
  readonly aws: AwsFacts
  readonly whole: ReadonlySet<Listed>
  readonly refusals: ReadonlyArray<Refusal>
  /** Minor version of Kubernetes 1, by the newest kubelet. */
  readonly kubernetesMinor: number | undefined
  readonly notLooked: ReadonlyArray<string>
}

/** Kinds of a look that rules read. */
const read = ["pods", "nodes", "policies", "serviceAccounts", "eniConfigs", "configMaps", "daemonSets", "services", "events"] as const satisfies ReadonlyArray<keyof ClusterFound>

/** Kinds that a look need not have for this. */
export const without: ReadonlyArray<keyof ClusterFound> = ["namespaces", "leases", "mutatingWebhooks", "validatingWebhooks"]

const isObject = Schema.is(Schema.JsonObject)

const givenOf = (name: keyof typeof kinds, item: unknown, more: Omit<Given, "value"> = {}): ReadonlyArray<Given> => {
  const { resource } = kinds[name]
  const value = { apiVersion: apiVersionOf(resource), kind: resource.kind, ...(item as object) }
  return isObject(value) ? [{ value, ...more }] : []
}

const ownerOf = ({ metadata }: SeenPod): string | undefined => {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true)
  return owner === undefined ? undefined : `${owner.kind} ${owner.name}`
}

/** Pods that one thing made are alike: one of those that live speaks for all. */
const podsOf = (pods: ReadonlyArray<SeenPod>): ReadonlyArray<Given> => {
  const sorted = pods.toSorted((a, b) => Number(isTerminal(a)) - Number(isTerminal(b)) || (a.metadata.name < b.metadata.name ? -1 : 1))
  const siblings = Arr.groupBy(sorted, (pod) => `${pod.metadata.namespace}/${ownerOf(pod) ?? `Pod ${pod.metadata.name}`}`)
  return Object.values(siblings).flatMap((alike) =>
    alike.flatMap((pod, i) => {
      if (i > 0) return givenOf("pods", pod, { role: "repeat" })
      const owner = ownerOf(pod)
      return givenOf("pods", pod, owner === undefined || alike.length === 1 ? {} : { with: `${alike.length - 1} more of ${owner}` })
    }))
}

const listedOf = ({ cluster }: Look): ReadonlySet<Listed> => {
  const all = (kind: Kind<unknown>): boolean => isKnown(kind) && !("malformed" in kind && (kind.malformed?.length ?? 0) > 0)
  return new Set((["pods", "serviceAccounts", "eniConfigs"] as const).filter((name) => all(cluster[name])))
}

const one = <A>(values: ReadonlyArray<A>): A | undefined => new Set(values).size === 1 ? values[0] : undefined

/** Where the cluster's DNS answers. Source: EKS User Guide, "Manage CoreDNS for DNS in Amazon EKS clusters": label `k8s-app=kube-dns` in kube-system. */
const dnsNodes = ({ pods }: ClusterFound): ReadonlySet<string> =>
  new Set(itemsOf(pods).flatMap(({ metadata, spec }) => metadata.namespace === "kube-system" && metadata.labels?.["k8s-app"] === "kube-dns" && spec.nodeName ? [spec.nodeName] : []))

/** Ids that EC2 was asked about for a look. */
const askedAbout = ({ cluster, ec2 }: Look): ReadonlyArray<string> => [
  ...named(cluster).groups,
  ...("unknown" in ec2 ? [] : [...itemsOf(ec2.instances), ...itemsOf(ec2.interfaces)].flatMap(({ groups }) => groups))
]

/** A group as facts have it. */
export const groupFrom = ({ egress, groupId, ingress, vpcId }: SeenSecurityGroup): SecurityGroup => ({ id: groupId, vpc: vpcId, ingress, egress })

const awsOf = (look: Look): AwsFacts => {
  const { cluster, ec2 } = look
  if ("unknown" in ec2) return {}
  const instances = itemsOf(ec2.instances)
  const byNode = new Map(itemsOf(cluster.nodes).flatMap(({ metadata, spec }) => {
    const instance = instances.find(({ instanceId }) => instanceId === instanceIdOf(spec?.providerID ?? ""))
    return instance === undefined || metadata.labels?.[computeTypeLabel] !== undefined ? [] : [[metadata.name, instance] as const]
  }))
  const nodeGroups = [...new Set([...byNode.values()].flatMap(({ groups }) => groups))]
  const dns = [...dnsNodes(cluster)].map((node) => byNode.get(node))
  const dnsGroups = [...new Set(dns.flatMap((instance) => instance?.groups ?? []))]
  const vpc = one(instances.map(({ vpcId }) => vpcId))
  return {
    ...(vpc === undefined ? {} : { vpc }),
    ...("items" in ec2.securityGroups ? { groups: itemsOf(ec2.securityGroups).map(groupFrom), groupsAsked: [...new Set(askedAbout(look))] } : {}),
    ...(nodeGroups.length === 0 ? {} : { nodeGroups }),
    // A DNS pod on an instance that was not seen may have any groups.
    ...(dnsGroups.length === 0 || dns.includes(undefined) ? {} : { dnsGroups }),
    ...("items" in ec2.subnets && itemsOf(ec2.subnets).length > 0 ? { ranges: itemsOf(ec2.subnets).flatMap(({ cidr, ipv6Cidr }) => [cidr, ipv6Cidr].filter((range) => range !== "")) } : {})
  }
}

/** Source: contract §7; the message names EC2's code. */
const refusalReasons: ReadonlySet<string> = new Set(["TrunkENICreationFailed", "BranchAllocationFailed"])

const refusalsOf = ({ events }: ClusterFound): ReadonlyArray<Refusal> =>
  itemsOf(events).flatMap(({ involvedObject: { kind, name, namespace }, message, reason }) =>
    refusalReasons.has(reason ?? "") && message?.includes("UnauthorizedOperation")
      ? [{ place: { object: objectName(kind ?? "object", namespace ?? undefined, name ?? ""), field: "", position: undefined }, message }]
      : [])

const minorOf = ({ nodes }: ClusterFound): number | undefined => {
  const minors = itemsOf(nodes).flatMap(({ status }) => {
    const minor = /^v1\.(\d+)/.exec(status?.nodeInfo?.kubeletVersion ?? "")?.[1]
    return minor === undefined ? [] : [Number(minor)]
  })
  return minors.length === 0 ? undefined : Math.max(...minors)
}

/** What there is to judge in a look; `namespace` where only what is in it is to be judged, beside what lives in none. */
export const backgroundOf = (look: Look, namespace?: string): Background => {
  const { cluster } = look
  const inside = <A extends { readonly metadata: { readonly namespace?: string } }>(kind: Kind<A>): ReadonlyArray<A> =>
    itemsOf(kind).filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace)
  return {
    objects: [
      ...podsOf(inside(cluster.pods)),
      ...inside(cluster.policies).flatMap((item) => givenOf("policies", item)),
      ...inside(cluster.serviceAccounts).flatMap((item) => givenOf("serviceAccounts", item)),
      ...inside(cluster.services).flatMap((item) => givenOf("services", item)),
      ...itemsOf(cluster.nodes).flatMap((item) => givenOf("nodes", item)),
      ...itemsOf(cluster.eniConfigs).flatMap((item) => givenOf("eniConfigs", item)),
      ...itemsOf(cluster.configMaps).flatMap((item) => givenOf("configMaps", item)),
      ...itemsOf(cluster.daemonSets).flatMap((item) => givenOf("daemonSets", item, { role: "settings" }))
    ],
    aws: awsOf(look),
    whole: listedOf(look),
    refusals: refusalsOf(cluster),
    kubernetesMinor: minorOf(cluster),
    notLooked: notSeen(look, read).filter(({ what, why }) => !(what === "EC2" && why === "not looked")).map(({ reason, what }) => `${what} (${reason})`)
  }
}

