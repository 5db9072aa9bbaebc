import { ago, duration } from "@branchline/core/explain/Words"
import { leaderLease, mutatingWebhookConfiguration } from "@branchline/core/model/Names"
import { Schema } from "effect"
import { foundOf, isKnown, itemsOf } from "../cluster/Found.js"
import { type Look, nowOf } from "../cluster/Look.js"
import { asTold, createdAt, millisOf } from "../explain/Moments.js"
import { isPodEniEnabled, nodeAgent } from "../explain/NodeFactsOf.js"
import { cooldownOf } from "../explain/Trunks.js"

/** Whether a thing is as it should be, as far as anybody knows. */
export const Health = Schema.Literals(["good", "bad", "unknown"])

const Judged = { health: Health, text: Schema.String }

/** Who holds the controller's lease, and whether it is renewed. */
export const LeaseSeen = Schema.Struct({ ...Judged, holder: Schema.optionalKey(Schema.String), renewed: Schema.optionalKey(Schema.String) })

export const leaseOf = ({ cluster: { leases }, takenAt }: Look): typeof LeaseSeen.Type => {
  const now = nowOf({ takenAt })
  const lease = foundOf(leases, leaderLease.name, leaderLease.namespace)
  const name = `${leaderLease.namespace}/${leaderLease.name}`
  if (lease === undefined) return { health: "unknown", text: `${name}: unknown` }
  // On managed EKS the controller runs on the control plane and holds its Lease in the cluster; a cluster with a single replica that elects nobody has none.
  if (lease === "absent") return { health: "unknown", text: `${name} does not exist: the controller elects nobody, or does not run` }
  const { holderIdentity, leaseDurationSeconds, renewTime } = lease.spec ?? {}
  if (!holderIdentity) return { health: "bad", text: `${name} is held by nobody` }
  const renewed = millisOf(renewTime)
  const expired = renewed === undefined || renewed + (leaseDurationSeconds ?? 30) * 1000 < now
  const when = renewed === undefined ? "never renewed" : `renewed ${ago(renewed, now)}`
  return {
    health: expired ? "bad" : "good",
    text: `${name} is held by ${holderIdentity}, ${when}${expired ? ": it has expired, so that nobody leads" : ""}`,
    holder: holderIdentity,
    ...(renewTime ? { renewed: renewTime } : {})
  }
}

/** Versions of what takes part, as far as they are told. */
export const Versions = Schema.Struct({
  nodeAgent: Schema.optionalKey(Schema.String.annotate({ description: "The image of aws-node" })),
  controller: Schema.optionalKey(Schema.String.annotate({ description: "As its last event tells it" })),
  kubelet: Schema.Array(Schema.String)
})

const lastNotice = ({ cluster }: Look): string | undefined =>
  itemsOf(cluster.events).filter(({ reason }) => reason === "ControllerVersionNotice")
    .map((event) => ({ message: event.message ?? "", at: millisOf(asTold(event).lastTimestamp) ?? 0 }))
    .toSorted((a, b) => a.at - b.at).at(-1)?.message

export const versionsOf = (look: Look): typeof Versions.Type => {
  const agent = foundOf(look.cluster.daemonSets, nodeAgent.name, nodeAgent.namespace)
  const image = agent === undefined || agent === "absent" ? undefined : agent.spec?.template.spec?.containers.find(({ name }) => name === nodeAgent.name)?.image
  const controller = lastNotice(look)
  const kubelets = new Set(itemsOf(look.cluster.nodes).flatMap(({ status }) => status?.nodeInfo?.kubeletVersion || []))
  return {
    ...(image ? { nodeAgent: image } : {}),
    ...(controller === undefined ? {} : { controller }),
    kubelet: [...kubelets].toSorted()
  }
}

/** Whether the feature is on. */
export const Feature = Schema.Struct({ ...Judged, cooldownSeconds: Schema.Int })

export const featureOf = (look: Look): typeof Feature.Type => {
  const cooldown = cooldownOf(look)
  const cooldownSeconds = Math.round(cooldown / 1000)
  const said = `cooldown ${duration(cooldown)}`
  const { policies } = look.cluster
  if ("unknown" in policies && policies.why === "not served") {
    return { health: "bad", text: "the CustomResourceDefinition of SecurityGroupPolicy is not installed", cooldownSeconds }
  }
  switch (isPodEniEnabled(look)) {
    case true:
      return { health: "good", text: `on: aws-node runs with ENABLE_POD_ENI=true; ${said}`, cooldownSeconds }
    case false:
      return { health: "bad", text: `off: aws-node runs without ENABLE_POD_ENI=true; ${said}`, cooldownSeconds }
    case undefined:
      return { health: "unknown", text: `unknown: aws-node was not seen; ${said}`, cooldownSeconds }
  }
}

/** Whether the webhook is registered, and whether it answered lately. */
export const WebhookSeen = Schema.Struct({
  ...Judged,
  configured: Schema.Literals(["yes", "no", "unknown"]),
  failurePolicy: Schema.optionalKey(Schema.String),
  lastAnswered: Schema.optionalKey(Schema.String.annotate({ description: "namespace/name of the youngest pod that it changed" })),
  lastMissed: Schema.optionalKey(Schema.String.annotate({ description: "namespace/name of the youngest pod that it should have changed" }))
})

/** What pods tell of the webhook: the youngest that it changed, and the youngest that it did not although its policy was there. */
export interface Witnesses {
  readonly answered: string | undefined
  readonly answeredAt: number
  readonly missed: string | undefined
  readonly missedAt: number
}

export const webhookOf = (look: Look, { answered, answeredAt, missed, missedAt }: Witnesses): typeof WebhookSeen.Type => {
  const now = nowOf(look)
  const { mutatingWebhooks } = look.cluster
  const hook = itemsOf(mutatingWebhooks).find(({ metadata }) => metadata.name === mutatingWebhookConfiguration)?.webhooks?.[0]
  const configured = hook !== undefined ? "yes" : isKnown(mutatingWebhooks) ? "no" : "unknown"
  const missedLast = missed !== undefined && missedAt > answeredAt
  const witness = missedLast
    ? `it did not change ${missed}, made ${ago(missedAt, now)}, although a policy was there`
    : answered === undefined
    ? "no pod tells whether it answers"
    : `it changed ${answered}, made ${ago(answeredAt, now)}`
  const policy = hook?.failurePolicy ? ` (failurePolicy ${hook.failurePolicy})` : ""
  const words = configured === "yes" ? `${mutatingWebhookConfiguration} is registered${policy}` : configured === "no" ? `${mutatingWebhookConfiguration} is not registered` : "whether it is registered is unknown"
  return {
    health: configured === "no" || missedLast ? "bad" : answered === undefined ? "unknown" : "good",
    text: `${words}; ${witness}`,
    configured,
    ...(hook?.failurePolicy ? { failurePolicy: hook.failurePolicy } : {}),
    ...(answered === undefined ? {} : { lastAnswered: answered }),
    ...(missed === undefined ? {} : { lastMissed: missed })
  }
}

/** When a pod was made, for who is the youngest. */
export const madeAtOf = (pod: Parameters<typeof createdAt>[0]): number => createdAt(pod) ?? 0

