import { configMap, mutatingWebhookConfiguration, validatingWebhookConfiguration } from "@branchline/core/model/Names"
import { cniNodes, eniConfigs, type KubernetesObject, type Resource, securityGroupPolicies } from "@branchline/core/model/Resource"
import type { Kubernetes } from "@branchline/core/ports/Kubernetes"
import type { KubernetesError } from "@branchline/core/ports/KubernetesError"
import { Effect, Result, Schema } from "effect"
import type { Configuration } from "./config/Settings.js"
import { forRights, lookUntilWell, type Obstacle } from "./Patience.js"
import { noAnswer, Stopped } from "./Stopped.js"

/** Something that the controller does to the cluster. */
export interface Need {
  readonly verb: string
  readonly group?: string
  /** `nodes/status` names a subresource. */
  readonly resource: string
  readonly namespace?: string
  readonly name?: string
}

const needed = (verbs: ReadonlyArray<string>, where: Omit<Need, "verb">): ReadonlyArray<Need> => verbs.map((verb) => ({ verb, ...where }))

const readings: ReadonlyArray<Need> = [
  ...needed(["get", "list", "watch"], { resource: "pods" }),
  ...needed(["list", "watch"], { resource: "nodes" }),
  ...needed(["get", "list", "watch"], { resource: "serviceaccounts" }),
  ...needed(["list", "watch"], { group: "vpcresources.k8s.aws", resource: "securitygrouppolicies" }),
  ...needed(["list", "watch"], { group: "vpcresources.k8s.aws", resource: "cninodes" }),
  ...needed(["list", "watch"], { group: "crd.k8s.amazonaws.com", resource: "eniconfigs" }),
  ...needed(["list", "watch"], { resource: "configmaps", ...configMap })
]

const writings: ReadonlyArray<Need> = [
  ...needed(["patch"], { resource: "pods" }),
  ...needed(["patch"], { resource: "nodes/status" }),
  ...needed(["create"], { resource: "events" }),
  ...needed(["create", "patch"], { group: "vpcresources.k8s.aws", resource: "cninodes" })
]

/** What the controller with these settings will ask of the API server. */
export const needs = (configuration: Configuration): ReadonlyArray<Need> => {
  const { dryRun, leaderElection, leaseName, leaseNamespace, webhookAddress, webhookCertDir, webhookNamespace, webhookSecret } = configuration
  if (dryRun) return readings
  const lease = { group: "coordination.k8s.io", resource: "leases", namespace: leaseNamespace }
  const webhooks = [
    { group: "admissionregistration.k8s.io", resource: "mutatingwebhookconfigurations", name: mutatingWebhookConfiguration },
    { group: "admissionregistration.k8s.io", resource: "validatingwebhookconfigurations", name: validatingWebhookConfiguration }
  ]
  const kept = ["get", "list", "watch", "patch"]
  const secret = { resource: "secrets", namespace: webhookNamespace }
  return [
    ...readings,
    ...writings,
    ...(leaderElection ? [...needed(["get", "patch"], { ...lease, name: leaseName }), ...needed(["create"], lease)] : []),
    ...(webhookAddress === "off" || webhookCertDir !== undefined
      ? []
      // Not create: an empty Secret comes with deploy/base, and whoever may create Secrets can get the token of any account there.
      : [...needed(kept, { ...secret, name: webhookSecret }), ...webhooks.flatMap((one) => needed(kept, one))])
  ]
}

const Review = Schema.Struct({
  status: Schema.Struct({ allowed: Schema.Boolean, reason: Schema.optionalKey(Schema.String) })
})

interface AccessReview extends KubernetesObject {
  readonly allowed: boolean
}

const decodeReview = Schema.decodeUnknownResult(Review)

/** Kubernetes answers who may do what; nothing is stored. Source: Kubernetes, "Authorization Overview", checking API access. */
const accessReviews: Resource<AccessReview> = {
  group: "authorization.k8s.io",
  version: "v1",
  kind: "SelfSubjectAccessReview",
  plural: "selfsubjectaccessreviews",
  namespaced: false,
  decode: (document) =>
    Result.match(decodeReview(document), {
      onFailure: (error) => Result.fail(error.message),
      onSuccess: ({ status }) => Result.succeed({ metadata: { name: "", uid: "", resourceVersion: "" }, allowed: status.allowed })
    })
}

const isAllowed = (kubernetes: Kubernetes["Service"], { group = "", name, namespace, resource, verb }: Need): Effect.Effect<boolean, KubernetesError> => {
  const [plural = resource, subresource] = resource.split("/")
  const resourceAttributes = {
    verb,
    group,
    resource: plural,
    ...(subresource === undefined ? {} : { subresource }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name })
  }
  return Effect.map(kubernetes.create(accessReviews, { spec: { resourceAttributes } }), ({ allowed }) => allowed)
}

const placeText = ({ group = "", name, namespace, resource }: Need): string =>
  `${resource}${group === "" ? "" : `.${group}`}${name === undefined ? "" : ` ${name}`}${namespace === undefined ? "" : ` in ${namespace}`}`

/** `get, list and watch pods; patch nodes/status`. */
const needTexts = (needs: ReadonlyArray<Need>): string =>
  [...new Set(needs.map(placeText))].map((place) => {
    const verbs = needs.filter((need) => placeText(need) === place).map(({ verb }) => verb)
    return `${verbs.length > 1 ? `${verbs.slice(0, -1).join(", ")} and ` : ""}${verbs.at(-1) ?? ""} ${place}`
  }).join("; ")

type Trouble = KubernetesError | Stopped

/**
 * How long to go on after an answer like this, milliseconds. A server that is busy or still reads its custom resources is waited for by everybody;
 * one that has only just started knows no roles yet, and whoever waits for servers at all gives it the time.
 */
const patienceWith = (why: Trouble, patience: number): number => {
  if (why._tag === "Stopped") return Math.min(patience, forRights)
  if (why.reason._tag === "TooManyRequests") return Math.max(patience, forRights)
  if (why.reason._tag === "Forbidden") return Math.min(patience, forRights)
  return why.isRetryable ? patience : 0
}

/** What stands in the way, for those who have so much patience with it, milliseconds. */
export const obstacleOf = (patience: number) => (why: Trouble): Obstacle => ({
  message: why.message,
  isAnswer: why._tag === "Stopped" || !why.isRetryable,
  patience: patienceWith(why, patience),
  end: why._tag === "Stopped" ? why : noAnswer(why)
})

/** Whether the cluster has a kind of object. */
export const isServed = (kubernetes: Kubernetes["Service"], resource: Resource<KubernetesObject>): Effect.Effect<boolean, KubernetesError> =>
  kubernetes.list(resource, { fieldSelector: "metadata.name=branchline-is-this-kind-served" }).pipe(
    Effect.as(true),
    Effect.catchReason("KubernetesError", "NotFound", () => Effect.succeed(false))
  )

const definition = ({ group, plural }: Resource<KubernetesObject>): string => `${plural}.${group}`

/** What helps where a kind is missing. */
export const mend = "install it: kubectl apply -k deploy/crds"

/** Fails with what is missing, all of it. */
const look = Effect.fnUntraced(function*(kubernetes: Kubernetes["Service"], wanted: ReadonlyArray<Need>): Effect.fn.Return<void, Trouble> {
  const verdicts = yield* Effect.forEach(wanted, (need) => Effect.map(isAllowed(kubernetes, need), (allowed) => ({ need, allowed })), { concurrency: 16 })
  const refused = verdicts.filter(({ allowed }) => !allowed).map(({ need }) => need)
  const cannotAsk = (resource: Resource<KubernetesObject>): boolean => refused.some(({ resource: plural, verb }) => verb === "list" && plural === resource.plural)
  const kinds: ReadonlyArray<Resource<KubernetesObject>> = [securityGroupPolicies, cniNodes, eniConfigs]
  const missing: Array<string> = []
  for (const kind of kinds.filter((one) => !cannotAsk(one))) {
    if (yield* isServed(kubernetes, kind)) continue
    if (kind.plural === eniConfigs.plural) yield* Effect.logInfo(`the cluster has no custom resource ${definition(kind)}: custom networking cannot be used`)
    else missing.push(`the cluster has no custom resource ${definition(kind)}; ${mend}`)
  }
  const lines = [
    ...missing,
    ...(refused.length === 0 ? [] : [`the API server does not let us ${needTexts(refused)}. Grant that: deploy/base/rbac.yaml has all that is needed`])
  ]
  if (lines.length > 0) return yield* new Stopped({ code: 2, lines })
})

/**
 * Looks whether there is an API server, whether it has the kinds that the controller reads, and whether it lets the controller do what it
 * will do. Says what is missing; the ENIConfig is missed by nobody who does not use custom networking.
 */
export const preflight = (kubernetes: Kubernetes["Service"], configuration: Configuration, patience: number): Effect.Effect<void, Stopped> =>
  lookUntilWell("the API server", look(kubernetes, needs(configuration)), obstacleOf(patience))
