import { securityGroupPolicies } from "@branchline/core/model/Resource"
import { compilePolicy } from "@branchline/core/selection/Policy"
import { fromPolicies } from "@branchline/core/selection/PolicyIndex"
import { select, type ServiceAccountFacts } from "@branchline/core/selection/Selection"
import type { SecurityGroupPolicy } from "@branchline/core/model/SecurityGroupPolicy"
import { Result, Schema } from "effect"
import type { AwsFacts } from "./AwsFacts.js"
import { cniOf } from "./Cni.js"
import { decoder, type Given, itemOf, memberAt } from "./Decode.js"
import type { Path } from "./Place.js"
import type { Settings } from "./Settings.js"
import { ConfigMapObject, NetworkPolicyObject, PodStatus, PodTemplate, Policy as PolicySchema, ServiceObject, WithMetadata } from "./Shapes.js"
import type { Unreadable } from "./Sources.js"
import type { ConfigMapItem, Item, Labelled, Listed, NetworkPolicyItem, Policy, Refusal, ServiceItem, Subject, Trouble, Workload } from "./Subject.js"

/** What a subject is made of. */
export interface Material {
  readonly objects: ReadonlyArray<Given>
  readonly unreadable: ReadonlyArray<Unreadable>
  readonly settings: Settings
  readonly aws: AwsFacts
  /** Lists that hold all there is; the setting `complete` says it of all. */
  readonly whole: ReadonlySet<Listed>
  readonly refusals?: ReadonlyArray<Refusal> | undefined
}

const policy = decoder(PolicySchema)
const template = decoder(PodTemplate)
const status = decoder(PodStatus)
const labelled = decoder(WithMetadata)
const service = decoder(ServiceObject)
const networkPolicy = decoder(NetworkPolicyObject)
const configMap = decoder(ConfigMapObject)

const isObject = Schema.is(Schema.JsonObject)

/** Where a kind keeps the pods that it makes; any kind that has a template there is taken for one that makes pods. */
const templatePath = ({ document, kind }: Item): Path | undefined => {
  if (kind === "Pod") return []
  const path = kind === "CronJob" ? ["spec", "jobTemplate", "spec", "template"] : ["spec", "template"]
  return Array.isArray(memberAt(document, ...path, "spec", "containers")) ? path : undefined
}

type Unselected = Omit<Workload, "selection">

const workloadOf = (item: Item, path: Path): Result.Result<Unselected, ReadonlyArray<Trouble>> =>
  Result.map(template(item, memberAt(item.document, ...path.map(String)) ?? item.document, path), ({ metadata, spec }) => {
    const read = status(item, item.document)
    return {
      ...item,
      labels: metadata?.labels ?? {},
      annotations: metadata?.annotations ?? {},
      spec,
      serviceAccountName: spec.serviceAccountName || spec.serviceAccount || "default",
      phase: Result.isSuccess(read) && item.kind === "Pod" ? read.success.status?.phase ?? undefined : undefined,
      inPod: (field) => item.placeOf([...path, ...field])
    }
  })

/** A policy that may never have been stored, as the core reads stored ones. */
const stored = ({ namespace = "", name }: Item, spec: SecurityGroupPolicy["spec"]): SecurityGroupPolicy => ({
  metadata: { namespace, name, uid: "new", resourceVersion: "0" },
  ...(spec === undefined ? {} : { spec })
})

interface Sorted {
  readonly policies: Array<Policy & { readonly asStored: SecurityGroupPolicy }>
  readonly workloads: Array<Unselected>
  readonly serviceAccounts: Array<Labelled>
  readonly nodes: Array<Labelled>
  readonly eniConfigs: Array<Labelled>
  readonly services: Array<ServiceItem>
  readonly networkPolicies: Array<NetworkPolicyItem>
  readonly configMaps: Array<ConfigMapItem>
  readonly troubles: Array<Trouble>
}

const sort = (items: ReadonlyArray<Item>): Sorted => {
  const sorted: Sorted = {
    policies: [],
    workloads: [],
    serviceAccounts: [],
    nodes: [],
    eniConfigs: [],
    services: [],
    networkPolicies: [],
    configMaps: [],
    troubles: []
  }
  const take = <A, B>(into: Array<B>, result: Result.Result<A, ReadonlyArray<Trouble>>, make: (value: A) => B): void => {
    if (Result.isSuccess(result)) into.push(make(result.success))
    else sorted.troubles.push(...result.failure)
  }
  for (const item of items) {
    const { document, kind } = item
    switch (`${item.apiVersion.split("/").slice(0, -1).join("/")}/${kind}`) {
      case `${securityGroupPolicies.group}/${securityGroupPolicies.kind}`:
        take(sorted.policies, policy(item, document), ({ spec }) => {
          const asStored = stored(item, spec)
          return { ...item, asStored, compiled: compilePolicy(asStored), groupIds: spec?.securityGroups?.groupIds ?? [] }
        })
        break
      case "/ServiceAccount":
        take(sorted.serviceAccounts, labelled(item, document), ({ metadata }) => ({ ...item, metadata: metadata ?? {} }))
        break
      case "/Node":
        take(sorted.nodes, labelled(item, document), ({ metadata }) => ({ ...item, metadata: metadata ?? {} }))
        break
      case "crd.k8s.amazonaws.com/ENIConfig":
        take(sorted.eniConfigs, labelled(item, document), ({ metadata }) => ({ ...item, metadata: metadata ?? {} }))
        break
      case "/Service":
        take(sorted.services, service(item, document), ({ metadata, spec }) => ({ ...item, annotations: metadata?.annotations ?? {}, service: spec ?? {} }))
        break
      case "networking.k8s.io/NetworkPolicy":
        take(sorted.networkPolicies, networkPolicy(item, document), ({ spec }) => ({ ...item, policy: spec ?? {} }))
        break
      case "/ConfigMap":
        take(sorted.configMaps, configMap(item, document), ({ data }) => ({ ...item, data: data ?? {} }))
        break
      default: {
        const path = templatePath(item)
        if (path !== undefined) take(sorted.workloads, workloadOf(item, path), (workload) => workload)
      }
    }
  }
  return sorted
}

const keyOf = (kind: string, namespace: string | undefined, name: string): string => `${kind} ${namespace ?? ""}/${name}`

const factsOf = (
  { namespace, serviceAccountName }: Unselected,
  accounts: ReadonlyMap<string, Labelled>,
  whole: boolean
): ServiceAccountFacts => {
  const account = accounts.get(keyOf("ServiceAccount", namespace, serviceAccountName))
  if (account !== undefined) return { _tag: "Present", labels: account.metadata.labels ?? {} }
  return whole ? { _tag: "Absent" } : { _tag: "NotAsked" }
}

const ownerOf = ({ document, namespace }: Item): string | undefined => {
  const owners = memberAt(document, "metadata", "ownerReferences")
  if (!Array.isArray(owners)) return undefined
  const owner = owners.find((one: Schema.Json) => isObject(one) && one["controller"] === true)
  return isObject(owner) ? keyOf(String(owner["kind"]), namespace, String(owner["name"])) : undefined
}

/** All that rules look at, of these objects. Total. */
export const build = ({ aws, objects, refusals = [], settings, unreadable, whole }: Material): Subject => {
  const items = objects.map((object) => itemOf(object, settings.namespace))
  const { policies, troubles, workloads: unselected, ...rest } = sort(items)
  const index = fromPolicies(policies.map(({ asStored }) => asStored))
  const accounts = new Map(rest.serviceAccounts.map((one) => [keyOf("ServiceAccount", one.namespace, one.name), one]))
  // What could not be read may be just what is missed.
  const broken = unreadable.length > 0 || troubles.length > 0
  const isWhole = (listed: Listed): boolean => whole.has(listed) || (settings.complete && !broken)
  const all = unselected.map((workload): Workload => ({
    ...workload,
    selection: select({
      policies: index,
      pod: { name: workload.name, namespace: workload.namespace ?? "", labels: workload.labels, serviceAccountName: workload.serviceAccountName },
      serviceAccount: factsOf(workload, accounts, isWhole("serviceAccounts")),
      quota: settings.groupsPerInterface
    })
  }))
  const there = new Set(all.map(({ kind, name, namespace }) => keyOf(kind, namespace, name)))
  const isOwned = (workload: Workload): boolean => workload.role === "repeat" || there.has(ownerOf(workload) ?? "")
  const makers = all.filter(({ role }) => role !== "settings")
  return {
    settings,
    items,
    policies,
    index,
    workloads: makers.filter((workload) => !isOwned(workload)),
    ownedPods: makers.filter((workload) => workload.kind === "Pod" && isOwned(workload)),
    ...rest,
    cni: cniOf(all, settings),
    aws: settings.vpc === undefined ? aws : { ...aws, vpc: aws.vpc ?? settings.vpc },
    refusals,
    troubles: [
      ...unreadable.map(({ mend, message, position }): Trouble => ({ rule: "unreadable", place: { object: "", field: "", position }, message, mend })),
      ...troubles
    ],
    whole: isWhole
  }
}
