import { configMap, leaderLease, mutatingWebhookConfiguration, validatingWebhookConfiguration } from "@branchline/core/model/Names"
import * as Core from "@branchline/core/model/Resource"
import { type KubernetesObject, type Resource, resource } from "@branchline/core/model/Resource"
import type { ClusterFound } from "./Look.js"
import * as Seen from "./Seen.js"

/** How a kind is looked at. */
export interface KindLook<A extends KubernetesObject> {
  readonly resource: Resource<A>
  /** Where not all of them are wanted. */
  readonly only?: { readonly namespace?: string; readonly name?: string }
  /** What is kept of the list. */
  readonly keep?: (object: A) => A | undefined
}

const at = <A extends KubernetesObject>({ group, kind, namespaced, plural, version }: Resource<KubernetesObject>, schema: Parameters<typeof resource<A>>[1]): Resource<A> =>
  resource({ group, version, kind, plural, namespaced }, schema)

const place = (group: string, version: string, kind: string, plural: string, namespaced: boolean) => ({ group, version, kind, plural, namespaced })

export const daemonSets = resource(place("apps", "v1", "DaemonSet", "daemonsets", true), Seen.SeenDaemonSet)
export const mutatingWebhooks = resource(
  place("admissionregistration.k8s.io", "v1", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", false),
  Seen.SeenWebhookConfiguration
)
export const validatingWebhooks = resource(
  place("admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", false),
  Seen.SeenWebhookConfiguration
)
export const services = resource(place("", "v1", "Service", "services", true), Seen.SeenService)
export const namespaces = resource(place("", "v1", "Namespace", "namespaces", false), Seen.SeenNamespace)

/** The VPC CNI plugin's settings that mean something here; nothing else of an environment is kept. Source: amazon-vpc-cni-k8s, README, "CNI Configuration Variables". */
const settings: ReadonlySet<string> = new Set([
  "ENABLE_POD_ENI",
  "POD_SECURITY_GROUP_ENFORCING_MODE",
  "DISABLE_TCP_EARLY_DEMUX",
  "AWS_VPC_K8S_CNI_EXTERNALSNAT",
  "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG",
  "ENI_CONFIG_LABEL_DEF",
  "ENABLE_PREFIX_DELEGATION",
  "ENABLE_IPv4",
  "ENABLE_IPv6",
  "WARM_ENI_TARGET",
  "WARM_IP_TARGET",
  "MINIMUM_IP_TARGET",
  "WARM_PREFIX_TARGET",
  "MAX_ENI"
])

const withSettingsOnly = (daemonSet: Seen.SeenDaemonSet): Seen.SeenDaemonSet => {
  const spec = daemonSet.spec?.template.spec
  if (spec === null || spec === undefined) return daemonSet
  const pruned = (containers: typeof spec.containers) => containers.map(({ env, ...rest }) => ({ ...rest, env: (env ?? []).filter(({ name }) => settings.has(name)) }))
  return {
    ...daemonSet,
    spec: { template: { spec: { containers: pruned(spec.containers), ...(spec.initContainers ? { initContainers: pruned(spec.initContainers) } : {}) } } }
  }
}

const told: ReadonlySet<string> = new Set(["Pod", "Node", "CNINode", "SecurityGroupPolicy"])

/** Every kind, and how it is looked at. */
export const kinds = {
  pods: { resource: at(Core.pods, Seen.SeenPod) },
  nodes: { resource: at(Core.nodes, Seen.SeenNode) },
  cniNodes: { resource: at(Core.cniNodes, Seen.SeenCNINode) },
  policies: { resource: at(Core.securityGroupPolicies, Seen.SeenPolicy) },
  serviceAccounts: { resource: Core.serviceAccounts },
  namespaces: { resource: namespaces },
  eniConfigs: { resource: Core.eniConfigs },
  configMaps: { resource: Core.configMaps, only: configMap },
  daemonSets: { resource: daemonSets, only: { namespace: "kube-system" }, keep: withSettingsOnly },
  services: { resource: services },
  leases: { resource: Core.leases, only: leaderLease },
  mutatingWebhooks: { resource: mutatingWebhooks, only: { name: mutatingWebhookConfiguration } },
  validatingWebhooks: { resource: validatingWebhooks, only: { name: validatingWebhookConfiguration } },
  events: { resource: at(Core.events, Seen.SeenEvent), keep: (event: Seen.SeenEvent) => told.has(event.involvedObject.kind ?? "") ? event : undefined }
} as const satisfies { readonly [K in keyof ClusterFound]: unknown }
