import { Effect } from "effect"
import type { Resource } from "@branchline/core/model/Resource"
import type { Kubernetes } from "@branchline/core/ports/Kubernetes"
import type { KubernetesError } from "@branchline/core/ports/KubernetesError"
import { bundlePatch, concerns, trusts, type WebhookConfiguration } from "./WebhookConfigurations.js"

/** A webhook configuration by its kind and name. */
export interface ConfigurationKey {
  readonly resource: Resource<WebhookConfiguration>
  readonly name: string
}

/** A configuration as it was read; `present` is undefined where the cluster has none of that name. */
export interface Seen {
  readonly key: ConfigurationKey
  readonly present: WebhookConfiguration | undefined
}

/** What could be done, and why the rest could not. */
export interface Partly<A> {
  readonly done: ReadonlyArray<A>
  readonly failures: ReadonlyArray<KubernetesError>
}

/** Each by itself: what fails for one configuration must not keep the others from what they need. */
const partly = <A, B>(items: ReadonlyArray<A>, run: (item: A) => Effect.Effect<B, KubernetesError>): Effect.Effect<Partly<B>> =>
  Effect.map(Effect.partition(items, run), ([done, failures]) => ({ done, failures }))

/** The configurations now. */
export const look = (kubernetes: Kubernetes["Service"], keys: ReadonlyArray<ConfigurationKey>): Effect.Effect<Partly<Seen>> =>
  partly(keys, (key) =>
    kubernetes.get(key.resource, { name: key.name }).pipe(
      Effect.map((present): Seen => ({ key, present })),
      Effect.catchIf((error) => error.reason._tag === "NotFound", () => Effect.succeed<Seen>({ key, present: undefined }))
    ))

/** What is wrong with a configuration that nobody but its owner can mend; undefined where all is well. */
export const complaint = ({ key, present }: Seen, ours: ReadonlySet<string>): string | undefined => {
  const names = [...ours].join(", ")
  if (present === undefined) return `there is no ${key.resource.kind} ${key.name}: install it, or API servers call no webhook of its`
  return concerns(present, ours) ? undefined : `the ${key.resource.kind} ${key.name} has none of the webhooks ${names}: nothing in it is ours`
}

/** Gives our webhooks of the configurations this bundle; answers of each whether it had another. Adds `Conflict`: somebody else has just changed one. */
export const spread = (
  kubernetes: Kubernetes["Service"],
  seen: ReadonlyArray<Seen>,
  ours: ReadonlySet<string>,
  caBundle: string
): Effect.Effect<Partly<boolean>> =>
  partly(seen, ({ key, present }) => {
    if (present === undefined || trusts(present, ours, caBundle)) return Effect.succeed(false)
    return kubernetes.patch(key.resource, { name: key.name }, { _tag: "json", patch: bundlePatch(present, ours, caBundle) }).pipe(
      Effect.andThen(Effect.logInfo("a webhook configuration trusts the webhook's certificate authority from now on")),
      Effect.annotateLogs({ configuration: key.name, kind: key.resource.kind }),
      Effect.as(true)
    )
  })
