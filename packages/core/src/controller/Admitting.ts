import { Context, Effect, Layer, type Scope } from "effect"
import type { AdmissionContext } from "../admission/Facts.js"
import { ServiceAccountUnreadable } from "../admission/Facts.js"
import { respond, type WebhookRequest, type WebhookResponse } from "../admission/Webhook.js"
import type { ConfigMap } from "../model/ConfigMap.js"
import { configMap as configMapKey } from "../model/Names.js"
import { configMaps, securityGroupPolicies, serviceAccounts as serviceAccountResource } from "../model/Resource.js"
import type { SecurityGroupPolicy } from "../model/SecurityGroupPolicy.js"
import type { ServiceAccount } from "../model/ServiceAccount.js"
import { Kubernetes } from "../ports/Kubernetes.js"
import type { PolicyIndex } from "../selection/PolicyIndex.js"
import * as Alarm from "./Alarm.js"
import * as ConfigMapBook from "./ConfigMapBook.js"
import type { ConfigMapSettings } from "./ConfigMapSettings.js"
import { serviceAccountLabels } from "./Groups.js"
import * as PolicyBook from "./PolicyBook.js"
import { type Cache, type Change, emptyCache, reflect } from "./Reflector.js"
import type { ControllerSettings } from "./Settings.js"

/** What a webhook's answer depends on. */
export type AdmittingSettings = Pick<ControllerSettings, "groupsPerInterface" | "windowsServed">

/** Who is told of changes, in order, after what is known has been brought up to date; the next one waits for it. */
export interface Follower {
  readonly policy: (change: Change<SecurityGroupPolicy>) => Effect.Effect<void>
  readonly serviceAccount: (change: Change<ServiceAccount>) => Effect.Effect<void>
  readonly configMap: (reading: ConfigMapBook.Reading) => Effect.Effect<void>
}

/** What every replica runs, whether it leads or not: it knows what webhooks decide by, and answers them. */
export interface AdmittingService {
  /** The three admission webhooks, text in and text out; it does not fail. */
  readonly admit: (request: WebhookRequest) => Effect.Effect<WebhookResponse>
  /** Returns when policies are known: before that a webhook would let pods pass that it should have changed. */
  readonly ready: Effect.Effect<void>
  /** Whether {@link ready} would return at once. */
  readonly isReady: Effect.Effect<boolean>
  readonly policies: () => PolicyIndex
  readonly serviceAccounts: Pick<Cache<ServiceAccount>, "get">
  /** The ConfigMap's settings in force. */
  readonly configMap: () => ConfigMapSettings
  /** That its watches raise and hear: the same process' other watches share it. */
  readonly alarm: Alarm.Alarm
  /** Tells a follower what is known now (as `Appeared`) and, for as long as the scope lives, every change: nothing in between is missed, something may be told twice. */
  readonly follow: (follower: Follower) => Effect.Effect<void, never, Scope.Scope>
}

/** See {@link AdmittingService}. */
export class Admitting extends Context.Service<Admitting, AdmittingService>()("@branchline/core/controller/Admitting") {}

/** Starts to watch policies, service accounts and the ConfigMap, until the scope ends. It writes nothing. */
export const make = (settings: AdmittingSettings): Effect.Effect<AdmittingService, never, Kubernetes | Scope.Scope> =>
  Effect.gen(function*() {
    const kubernetes = yield* Kubernetes
    const policies = PolicyBook.make()
    const configMap = ConfigMapBook.make()
    const serviceAccounts = emptyCache<ServiceAccount>()
    const followers = new Set<Follower>()
    const tell = (news: (follower: Follower) => Effect.Effect<void>): Effect.Effect<void> =>
      Effect.forEach([...followers], news, { discard: true })

    const alarm = Alarm.make()
    const policyCache = yield* reflect(securityGroupPolicies, {
      alarm,
      onChange: (change) =>
        Effect.suspend(() => {
          policies.note(change)
          return tell(({ policy }) => policy(change))
        })
    })
    yield* reflect(serviceAccountResource, {
      cache: serviceAccounts,
      alarm,
      onChange: (change) => Effect.suspend(() => tell(({ serviceAccount }) => serviceAccount(change)))
    })
    yield* reflect(configMaps, {
      scope: { namespace: configMapKey.namespace, fieldSelector: `metadata.name=${configMapKey.name}` },
      alarm,
      onChange: (change: Change<ConfigMap>) =>
        Effect.suspend(() => {
          const reading = configMap.note(change)
          return tell(({ configMap }) => configMap(reading))
        })
    })
    let isReady = false
    yield* Effect.forkScoped(Effect.andThen(policyCache.synced, Effect.sync(() => void (isReady = true))))

    const follow = Effect.fnUntraced(function*(follower: Follower) {
      yield* Effect.acquireRelease(
        Effect.sync(() => void followers.add(follower)),
        () => Effect.sync(() => void followers.delete(follower))
      )
      const known = configMap.reading()
      if (known !== undefined) yield* follower.configMap({ ...known, before: known.settings })
      for (const object of policyCache.values()) yield* follower.policy({ _tag: "Appeared", object })
      for (const object of serviceAccounts.values()) yield* follower.serviceAccount({ _tag: "Appeared", object })
    })

    const serviceAccount: AdmissionContext["serviceAccount"] = (namespace, name) =>
      serviceAccountLabels({ kubernetes, serviceAccounts }, namespace, name).pipe(
        Effect.mapError((error) => new ServiceAccountUnreadable({ namespace, name, reason: error.message }))
      )
    /** With the facts of this moment, so that what waits for nothing is decided when it returns. */
    const admit = (request: WebhookRequest): Effect.Effect<WebhookResponse> =>
      respond(request, {
        facts: Effect.succeed({
          policies: policies.index(),
          groupsPerInterface: settings.groupsPerInterface,
          windows: { ipamEnabled: configMap.inForce().windowsIpam, served: settings.windowsServed }
        }),
        serviceAccount
      })
    return {
      admit,
      ready: policyCache.synced,
      isReady: Effect.sync(() => isReady),
      policies: policies.index,
      serviceAccounts,
      configMap: configMap.inForce,
      alarm,
      follow
    }
  })

/** {@link make} as a layer; it watches as long as the layer lives. */
export const layer = (settings: AdmittingSettings): Layer.Layer<Admitting, never, Kubernetes> => Layer.effect(Admitting, make(settings))
