import * as Names from "@branchline/core/model/Names"
import { SecurityGroupId } from "@branchline/core/model/Ids"
import { Predicate } from "effect"
import type { Ec2Side } from "../cluster/Ec2Seen.js"
import type { Kind } from "../cluster/Found.js"
import type { ClusterFound, Look } from "../cluster/Look.js"
import type { SeenEvent, SeenPod } from "../cluster/Seen.js"
import { type Aliases, make, type Sort } from "./Aliases.js"

/** Labels whose values everybody has: what a node is, and not who owns it. */
const plainLabels: ReadonlySet<string> = new Set([
  Names.osLabel,
  Names.betaOsLabel,
  Names.computeTypeLabel,
  Names.hasTrunkAttachedLabel,
  "kubernetes.io/arch",
  "node.kubernetes.io/instance-type",
  "topology.kubernetes.io/region",
  "topology.kubernetes.io/zone",
  "k8s-app"
])

/** Tags that the controllers write; others are somebody's own, and are left out. */
const ourTags: ReadonlySet<string> = new Set([Names.ownerTag, Names.instanceIdTag, Names.vlanIdTag, Names.trunkEniIdTag, Names.allocationTag])

/** Reasons of events whose messages are told on; the others' may hold anything. */
const tellable: ReadonlySet<string> = new Set([
  "SecurityGroupRequested",
  "ResourceAllocated",
  "BranchAllocationFailed",
  "BranchENIAnnotationFailed",
  "BranchRequestedTwice",
  "TrunkInterfaceLost",
  "NodeTrunkInitiated",
  "NodeTrunkFailedInit",
  "TrunkENICreationFailed",
  "TrunkENILookupFailed",
  "Unsupported",
  "EniConfigNameNotFound",
  "EniConfigNotFound",
  "ControllerVersionNotice",
  "BranchENICoolDownPeriodUpdated",
  "FailedCreatePodSandBox",
  "FailedScheduling"
])

type Strings = Readonly<Record<string, string>> | null

const mapped = <A>(kind: Kind<A>, change: (item: A) => A, aliases: Aliases): Kind<A> => {
  if ("unknown" in kind) return { ...kind, unknown: withoutUsers(kind.unknown) }
  return {
    ...kind,
    items: kind.items.map(change),
    ...(kind.namespaces === undefined ? {} : { namespaces: kind.namespaces.map((one) => aliases.name("namespace", one)) }),
    ...(kind.narrowed === undefined ? {} : { narrowed: withoutUsers(kind.narrowed) }),
    ...(kind.malformed === undefined
      ? {}
      : { malformed: kind.malformed.map(({ name, namespace, problem }) => ({ name: aliases.name("value", name), ...(namespace === undefined ? {} : { namespace: aliases.name("namespace", namespace) }), problem })) })
  }
}

/** Source: apiserver, `pkg/endpoints/handlers/responsewriters`, Forbidden: `User "…" cannot …`. */
const withoutUsers = (text: string): string => text.replace(/User "[^"]*"/g, "User \"(redacted)\"").replace(/arn:aws\S*/g, "(redacted)")

/** Labels whose values are names of objects. */
const nameLabels: Readonly<Record<string, Sort>> = { [Names.eniConfigLabel]: "eniconfig", "kubernetes.io/hostname": "node", "kubernetes.io/metadata.name": "namespace" }

const labelOf = (aliases: Aliases, key: string, value: string): string => plainLabels.has(key) ? value : aliases.name(nameLabels[key] ?? "value", value)

const labelsOf = (aliases: Aliases, labels: Strings | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(labels ?? {}).map(([key, value]) => [key, labelOf(aliases, key, value)]))

const selectorOf = <S extends { readonly matchLabels?: Strings; readonly matchExpressions?: ReadonlyArray<{ readonly key: string; readonly operator: string; readonly values?: ReadonlyArray<string> | null }> | null }>(
  aliases: Aliases,
  selector: S | null | undefined
): S | null | undefined =>
  selector === null || selector === undefined ? selector : {
    ...selector,
    ...(selector.matchLabels ? { matchLabels: labelsOf(aliases, selector.matchLabels) } : {}),
    ...(selector.matchExpressions
      ? {
        matchExpressions: selector.matchExpressions.map((one) => ({
          ...one,
          ...(one.values ? { values: one.values.map((value) => labelOf(aliases, one.key, value)) } : {})
        }))
      }
      : {})
  }

interface Metadata {
  readonly name: string
  readonly namespace?: string
  readonly labels?: Strings
  readonly generateName?: string | null
  readonly ownerReferences?: ReadonlyArray<{ readonly kind: string; readonly name: string }> | null
}

const ownerSort = (kind: string): Sort => kind === "Node" ? "node" : "owner"

/** An object's own names; what else of it says something, its kind adds. */
const metadataOf = <M extends Metadata>(aliases: Aliases, sort: Sort, metadata: M): M => ({
  ...metadata,
  name: aliases.name(sort, metadata.name),
  ...(metadata.namespace === undefined ? {} : { namespace: aliases.name("namespace", metadata.namespace) }),
  ...(metadata.labels ? { labels: labelsOf(aliases, metadata.labels) } : {}),
  ...(metadata.generateName ? { generateName: `${aliases.name("owner", metadata.generateName.replace(/-$/, ""))}-` } : {}),
  ...(metadata.ownerReferences ? { ownerReferences: metadata.ownerReferences.map((owner) => ({ ...owner, name: aliases.name(ownerSort(owner.kind), owner.name) })) } : {})
})

const podOf = (aliases: Aliases, pod: SeenPod): SeenPod => {
  const container = <C extends { readonly name: string }>(one: C): C => ({ ...one, name: aliases.name("container", one.name) })
  const { message: _message, ...status } = pod.status ?? {}
  return {
    ...pod,
    metadata: metadataOf(aliases, "pod", pod.metadata),
    spec: {
      ...pod.spec,
      ...(pod.spec.nodeName ? { nodeName: aliases.name("node", pod.spec.nodeName) } : {}),
      ...(pod.spec.serviceAccountName ? { serviceAccountName: aliases.name("account", pod.spec.serviceAccountName) } : {}),
      ...(pod.spec.schedulerName ? { schedulerName: pod.spec.schedulerName === "default-scheduler" ? "default-scheduler" : aliases.name("value", pod.spec.schedulerName) } : {}),
      ...(pod.spec.nodeSelector ? { nodeSelector: labelsOf(aliases, pod.spec.nodeSelector) } : {}),
      containers: pod.spec.containers.map((one) => withoutPaths(container(one))),
      ...(pod.spec.initContainers ? { initContainers: pod.spec.initContainers.map((one) => withoutPaths(container(one))) } : {})
    },
    ...(pod.status
      ? {
        status: {
          ...status,
          ...(status.conditions ? { conditions: status.conditions.map(({ message: _said, ...rest }) => rest) } : {}),
          ...(status.containerStatuses
            ? {
              containerStatuses: status.containerStatuses.map((one) => {
                const waiting = one.state?.waiting
                return { ...container(one), ...(waiting ? { state: { ...one.state, waiting: waiting.reason ? { reason: waiting.reason } : {} } } : {}) }
              })
            }
            : {})
        }
      }
      : {})
  }
}

type SeenContainer = SeenPod["spec"]["containers"][number]

/** A probe's path is the application's. */
const withoutPaths = (one: SeenContainer): SeenContainer => {
  const probe = (name: "livenessProbe" | "readinessProbe" | "startupProbe") => {
    const found = one[name]
    return found?.httpGet ? { [name]: { ...found, httpGet: { ...found.httpGet, path: "/" } } } : {}
  }
  return { ...one, ...probe("livenessProbe"), ...probe("readinessProbe"), ...probe("startupProbe") }
}

const sortOfKind = (kind: string | null | undefined): Sort => kind === "Pod" ? "pod" : kind === "SecurityGroupPolicy" ? "policy" : "node"

/** Who tells events in every cluster. */
const components: ReadonlySet<string> = new Set(["kubelet", "default-scheduler", "aws-node", Names.eventComponent])

const componentOf = (aliases: Aliases, component: string): string => components.has(component) ? component : aliases.name("component", component)

const eventOf = (aliases: Aliases, event: SeenEvent): SeenEvent => {
  const about = event.involvedObject
  return {
    ...event,
    metadata: { ...metadataOf(aliases, "event", event.metadata) },
    involvedObject: {
      ...about,
      ...(about.name ? { name: aliases.name(sortOfKind(about.kind), about.name) } : {}),
      ...(about.namespace ? { namespace: aliases.name("namespace", about.namespace) } : {}),
      // Of a node it is often the name (contract §7).
      ...(about.uid && about.uid === about.name ? { uid: aliases.name(sortOfKind(about.kind), about.uid) } : {})
    },
    ...(event.source?.component ? { source: { component: componentOf(aliases, event.source.component) } } : {}),
    ...(event.reportingComponent ? { reportingComponent: componentOf(aliases, event.reportingComponent) } : {}),
    ...(event.reportingInstance ? { reportingInstance: aliases.name("holder", event.reportingInstance) } : {}),
    message: tellable.has(event.reason ?? "") ? event.message ?? "" : "(redacted)"
  }
}

const tagsOf = (aliases: Aliases, tags: Strings | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(tags ?? {}).flatMap(([key, value]): ReadonlyArray<readonly [string, string]> => {
    const cluster = /^kubernetes\.io\/cluster\/(.+)$/.exec(key)?.[1]
    if (cluster !== undefined) return [[Names.clusterTag(aliases.name("cluster", cluster)), value]]
    if (key === Names.cniNodeClusterTag) return [[key, aliases.name("cluster", value)]]
    return ourTags.has(key) ? [[key, value]] : []
  }))

/** An id is replaced with all ids; what is none, and stands where one should, is a name. */
const groupOf = (aliases: Aliases, group: SecurityGroupId): SecurityGroupId =>
  /^sg-[0-9a-f]{8,17}$/.test(group) ? group : SecurityGroupId.make(aliases.name("group", group))

const imageOf = (image: string): string => image.slice(image.lastIndexOf("/") + 1)

const clusterOf = (aliases: Aliases, cluster: ClusterFound): ClusterFound => {
  const of = <A extends { readonly metadata: Metadata }>(sort: Sort, kind: Kind<A>, rest: (item: A) => A = (item) => item): Kind<A> =>
    mapped(kind, (item) => rest({ ...item, metadata: metadataOf(aliases, sort, item.metadata) }), aliases)
  // Names first, so that whatever speaks of them later finds them.
  const namespaces = of("namespace", cluster.namespaces)
  const nodes = of("node", cluster.nodes, (node) => ({
    ...node,
    ...(node.spec?.taints ? { spec: { ...node.spec, taints: node.spec.taints.map((taint) => ({ ...taint, ...(taint.value ? { value: aliases.name("value", taint.value) } : {}) })) } } : {}),
    ...(node.status?.conditions ? { status: { ...node.status, conditions: node.status.conditions.map(({ message: _said, ...rest }) => rest) } } : {})
  }))
  const pods = mapped(cluster.pods, (pod) => podOf(aliases, pod), aliases)
  const policies = of("policy", cluster.policies, (policy) => ({
    ...policy,
    ...(policy.spec
      ? {
        spec: {
          ...policy.spec,
          ...(policy.spec.securityGroups?.groupIds
            ? { securityGroups: { ...policy.spec.securityGroups, groupIds: policy.spec.securityGroups.groupIds.map((group) => groupOf(aliases, group)) } }
            : {}),
          ...("podSelector" in policy.spec ? { podSelector: selectorOf(aliases, policy.spec.podSelector) ?? null } : {}),
          ...("serviceAccountSelector" in policy.spec ? { serviceAccountSelector: selectorOf(aliases, policy.spec.serviceAccountSelector) ?? null } : {})
        }
      }
      : {})
  }))
  const webhook = (kind: ClusterFound["mutatingWebhooks"]): ClusterFound["mutatingWebhooks"] =>
    mapped(kind, (one) => ({
      ...one,
      ...(one.webhooks
        ? {
          webhooks: one.webhooks.map((hook) => ({
            ...hook,
            ...(hook.clientConfig?.url ? { clientConfig: { url: hook.clientConfig.url.replace(/\/\/[^/]*/, "//webhook.redacted") } } : {}),
            ...("namespaceSelector" in hook ? { namespaceSelector: selectorOf(aliases, hook.namespaceSelector) ?? null } : {}),
            ...("objectSelector" in hook ? { objectSelector: selectorOf(aliases, hook.objectSelector) ?? null } : {})
          }))
        }
        : {})
    }), aliases)
  return {
    namespaces,
    nodes,
    pods,
    policies,
    cniNodes: of("node", cluster.cniNodes, (one) => ({
      ...one,
      ...(one.spec
        ? {
          spec: {
            ...one.spec,
            ...(one.spec.features
              ? { features: one.spec.features.map((feature) => ({ ...feature, ...(feature.value ? { value: aliases.name("eniconfig", feature.value) } : {}) })) }
              : {}),
            ...(one.spec.tags ? { tags: tagsOf(aliases, one.spec.tags) } : {})
          }
        }
        : {})
    })),
    serviceAccounts: of("account", cluster.serviceAccounts),
    eniConfigs: of("eniconfig", cluster.eniConfigs, (one) =>
      one.spec?.securityGroups ? { ...one, spec: { ...one.spec, securityGroups: one.spec.securityGroups.map((group) => groupOf(aliases, group)) } } : one),
    configMaps: of("value", cluster.configMaps),
    daemonSets: of("daemonset", cluster.daemonSets, (one) => {
      const spec = one.spec?.template.spec
      if (!spec) return one
      const images = <C extends { readonly name: string; readonly image?: string | null }>(some: ReadonlyArray<C>) =>
        some.map((c) => ({ ...c, name: aliases.name("container", c.name), ...(c.image ? { image: imageOf(c.image) } : {}) }))
      return { ...one, spec: { template: { spec: { containers: images(spec.containers), ...(spec.initContainers ? { initContainers: images(spec.initContainers) } : {}) } } } }
    }),
    services: of("service", cluster.services, (one) => one.spec?.selector ? { ...one, spec: { ...one.spec, selector: labelsOf(aliases, one.spec.selector) } } : one),
    leases: of("value", cluster.leases, (one) => one.spec?.holderIdentity ? { ...one, spec: { ...one.spec, holderIdentity: aliases.name("holder", one.spec.holderIdentity) } } : one),
    mutatingWebhooks: webhook(cluster.mutatingWebhooks),
    validatingWebhooks: webhook(cluster.validatingWebhooks),
    events: mapped(cluster.events, (event) => eventOf(aliases, event), aliases)
  }
}

const ec2Of = (aliases: Aliases, ec2: Ec2Side): Ec2Side => {
  if ("unknown" in ec2) return { ...ec2, unknown: withoutUsers(ec2.unknown) }
  const known: ReadonlySet<string> = new Set([Names.trunkDescription, Names.branchDescription])
  return {
    region: ec2.region,
    interfaces: mapped(ec2.interfaces, (one) => ({ ...one, description: known.has(one.description) ? one.description : "", tags: tagsOf(aliases, one.tags) }), aliases),
    instances: mapped(ec2.instances, (one) => one, aliases),
    subnets: mapped(ec2.subnets, (one) => one, aliases),
    securityGroups: mapped(ec2.securityGroups, (one) => ({ ...one, name: aliases.name("group", one.name) }), aliases)
  }
}

/** Every string of a document, its keys as they are. */
const everyString = <A>(value: A, change: (text: string, key: string) => string, key = ""): A => {
  if (typeof value === "string") return change(value, key) as A
  if (Array.isArray(value)) return value.map((one) => everyString(one, change, key)) as A
  if (Predicate.isObject(value)) return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, everyString(one, change, name)])) as A
  return value
}

/** Texts that speak of objects by name. */
const speaking: ReadonlySet<string> = new Set(["message", "problem", "unknown", "narrowed"])

/** Texts in which what looks like an id or an address is none: times, versions, resource versions. */
const literal: ReadonlySet<string> = new Set(["takenAt", "apiVersion", "resourceVersion", "creationTimestamp", "kubeletVersion", "version", "image"])

/**
 * The look with aliases in the place of whatever names somebody's things: names, label values, ids, addresses, accounts. The same input has the same alias
 * everywhere, so that the story is the same. Keys of labels, times, counts, instance types, zones and the Region stay.
 */
export const redact = (look: Look): Look => {
  const aliases = make()
  const namespace = aliases.name("namespace", look.namespace)
  const cluster = clusterOf(aliases, look.cluster)
  const ec2 = ec2Of(aliases, look.ec2)
  const { server: _server, ...rest } = look
  const renamed: Look = { ...rest, namespace, cluster, ec2 }
  const done = everyString(renamed, (text, key) => literal.has(key) ? text : speaking.has(key) ? aliases.text(text) : aliases.ids(text))
  return { ...done, redacted: { what: aliases.counts() } }
}
