import { Clock, Duration, Effect, Queue, Result, Schedule, type Scope, SubscriptionRef } from "effect"
import { Base64 } from "effect/encoding"
import { delayAfterError, workBackoff } from "@branchline/core/controller/Backoff"
import { reflect } from "@branchline/core/controller/Reflector"
import { mutatePodWebhook, mutatingWebhookConfiguration, validateNodeWebhook, validatePodWebhook, validatingWebhookConfiguration } from "@branchline/core/model/Names"
import { Kubernetes } from "@branchline/core/ports/Kubernetes"
import type { KubernetesError } from "@branchline/core/ports/KubernetesError"
import * as Bundle from "./authority/Bundle.js"
import { secrets } from "./authority/CertificateSecret.js"
import { type Issuer, x509 } from "./authority/Issuer.js"
import { bundleOf, defaultLifetimes, type Holdings, type Lifetimes } from "./authority/Rotation.js"
import * as Vault from "./authority/Vault.js"
import { mutatingWebhookConfigurations, validatingWebhookConfigurations } from "./authority/WebhookConfigurations.js"
import { digestOf, type ServingPair, type TlsSource } from "./TlsSource.js"
import { WebhookServerError } from "./WebhookServerError.js"

/** How certificates are managed. */
export interface SelfManagedTlsOptions {
  /** Shared by all replicas; whoever is first makes it. */
  readonly secret: { readonly namespace: string; readonly name: string }
  /** DNS names and IP addresses by which API servers call the webhook: `<service>.<namespace>.svc`. At least one. */
  readonly names: ReadonlyArray<string>
  /** Names of the configurations whose `caBundle` is kept. Default `vpc-resource-mutating-webhook` and `vpc-resource-validating-webhook`. */
  readonly configurations?: { readonly mutating: ReadonlyArray<string>; readonly validating: ReadonlyArray<string> } | undefined
  /** The webhooks in them that are ours. Default the three of contract §2, and the one that deploy/components/fail-closed-mutation adds. */
  readonly webhooks?: ReadonlyArray<string> | undefined
  readonly lifetimes?: Partial<Lifetimes> | undefined
  /** Between two looks where nothing seems to happen, default 1 minute; a change is seen at once by watch. */
  readonly interval?: Duration.Input | undefined
  /** How long the start waits for an API server that does not answer, default 1 minute. */
  readonly patience?: Duration.Input | undefined
  readonly issuer?: Issuer | undefined
}

/** A source that looks after its own certificates. */
export interface SelfManagedTls extends TlsSource {
  /** Whether every webhook configuration that there is trusts what is served. */
  readonly trusted: Effect.Effect<boolean>
  readonly figures: Effect.Effect<SelfManagedFigures>
}

export interface SelfManagedFigures {
  /** End of the life of the authority that signs, milliseconds since 1970. */
  readonly authorityNotAfter: number
  /** End of the life of the certificate that is served. */
  readonly servingNotAfter: number
  /** In the `caBundle`: 1, or 2 while one authority follows another. */
  readonly trustedAuthorities: number
}

const defaultConfigurations = { mutating: [mutatingWebhookConfiguration], validating: [validatingWebhookConfiguration] }
const defaultWebhooks = [mutatePodWebhook.name, "mpod.kube-system.vpc.k8s.aws", validatePodWebhook.name, validateNodeWebhook.name]

/** Another replica, or whoever installs us, was first: what they wrote is read at once. */
const isRace = ({ reason }: KubernetesError): boolean => reason._tag === "Conflict" || reason._tag === "AlreadyExists"

const startError = (error: KubernetesError, { namespace, name }: SelfManagedTlsOptions["secret"]): WebhookServerError =>
  error.reason._tag === "Forbidden"
    ? new WebhookServerError({
      reason: "Forbidden",
      message: `the webhook's certificates cannot be kept in the Secret ${namespace}/${name}: ${error.message}; grant that, or give certificates in files`
    })
    : new WebhookServerError({
      reason: error.isRetryable ? "Unreachable" : "Certificate",
      message: `the webhook's certificates cannot be kept in the Secret ${namespace}/${name}: ${error.message}`
    })

/**
 * A certificate authority and a serving certificate of the webhook's own, so that nobody needs cert-manager: kept in a Secret that all
 * replicas share, renewed in time, and made known to API servers through the `caBundle` of the webhook configurations, again whenever
 * somebody overwrites it. It runs on every replica, leader or not; who is first writes, with the resource version as the lock.
 *
 * It needs `get`, `list`, `watch`, `patch` of the Secret and the configurations, by name, and `create` of Secrets unless an empty one is
 * there already. A configuration that is missing is told, never made. Fails with `WebhookServerError`: `Forbidden`, `Unreachable`.
 */
export const make = (options: SelfManagedTlsOptions): Effect.Effect<SelfManagedTls, WebhookServerError, Kubernetes | Scope.Scope> =>
  Effect.gen(function*() {
    const kubernetes = yield* Kubernetes
    const lifetimes: Lifetimes = { ...defaultLifetimes, ...options.lifetimes }
    const interval = Duration.fromInputUnsafe(options.interval ?? "1 minute")
    const ours: ReadonlySet<string> = new Set(options.webhooks ?? defaultWebhooks)
    const { mutating, validating } = options.configurations ?? defaultConfigurations
    const keys: ReadonlyArray<Bundle.ConfigurationKey> = [
      ...mutating.map((name) => ({ resource: mutatingWebhookConfigurations, name })),
      ...validating.map((name) => ({ resource: validatingWebhookConfigurations, name }))
    ]
    const vault = Vault.make({ kubernetes, key: options.secret, issuer: options.issuer ?? x509 })

    /** The bundle that every configuration has been seen with, and since when. */
    let trusting: { readonly bundle: string; readonly since: number } | undefined
    let complaints: ReadonlyArray<string> = []

    /** Says what is wrong, once as long as it stays so. */
    const complain = (present: ReadonlyArray<string>): Effect.Effect<void> => {
      const fresh = present.filter((one) => !complaints.includes(one))
      complaints = present
      return Effect.forEach(fresh, (one) => Effect.logWarning("the webhook's certificate authority cannot be announced everywhere", one), { discard: true })
    }

    /**
     * One round: what is due is done, and the configurations hear of it. The Secret is read after the configurations: a bundle that is
     * found there was in the Secret before, so none is ever replaced by an older one.
     */
    const round = Effect.gen(function*() {
      const seen = yield* Bundle.look(kubernetes, keys)
      const now = yield* Clock.currentTimeMillis
      const holdings = yield* vault.advance({ now, names: options.names, lifetimes, trusting })
      const bundle = bundleOf(holdings.trusted)
      const spread = yield* Bundle.spread(kubernetes, seen.done, ours, Base64.encode(bundle))
      const failures = [...seen.failures, ...spread.failures]
      if (failures.length > 0) trusting = undefined
      else if (spread.done.includes(true) || trusting?.bundle !== bundle) trusting = { bundle, since: now }
      yield* complain([
        ...seen.done.flatMap((one) => Bundle.complaint(one, ours) ?? []),
        ...failures.flatMap((failure) => isRace(failure) ? [] : [failure.message])
      ])
      return { holdings, failures }
    })

    const servedBy = ({ serving }: Holdings): ServingPair | undefined =>
      serving === undefined ? undefined : { key: serving.key, cert: serving.cert, digest: digestOf(serving), notBefore: serving.notBefore, notAfter: serving.notAfter }

    const begin = round.pipe(
      Effect.retry({
        while: (error) => isRace(error) || error.isRetryable,
        schedule: Schedule.jittered(Schedule.min([Schedule.exponential("100 millis"), Schedule.spaced("5 seconds")]))
      }),
      Effect.timeoutOrElse({
        duration: options.patience ?? "1 minute",
        orElse: () =>
          Effect.fail(new WebhookServerError({
            reason: "Unreachable",
            message: "the API server gave no answer about the webhook's Secret: see that it can be reached, or give certificates in files"
          }))
      }),
      Effect.mapError((error) => error._tag === "KubernetesError" ? startError(error, options.secret) : error)
    )
    const first = (yield* begin).holdings
    const firstPair = servedBy(first)
    if (firstPair === undefined) {
      return yield* new WebhookServerError({ reason: "Certificate", message: "the webhook's Secret holds no certificate although one was signed" })
    }
    const pair = yield* SubscriptionRef.make(firstPair)
    let holdings = first

    const pokes = yield* Queue.sliding<void>(1)
    const poke = () => Effect.asVoid(Queue.offer(pokes, undefined))
    yield* reflect(secrets, {
      scope: { namespace: options.secret.namespace, fieldSelector: `metadata.name=${options.secret.name}` },
      onChange: poke
    })
    for (const { name, resource } of keys) yield* reflect(resource, { scope: { fieldSelector: `metadata.name=${name}` }, onChange: poke })

    /** A certificate that not every API server may trust yet is served only when the one before is over. */
    const serve = Effect.fnUntraced(function*() {
      const served = yield* SubscriptionRef.get(pair)
      const fresh = servedBy(holdings)
      if (fresh === undefined || fresh.digest === served.digest) return
      if (trusting === undefined && served.notAfter > (yield* Clock.currentTimeMillis)) return
      yield* SubscriptionRef.set(pair, fresh)
    })
    const keep = Effect.gen(function*() {
      let failures = 0
      for (;;) {
        const outcome = yield* Effect.result(round)
        if (Result.isSuccess(outcome)) holdings = outcome.success.holdings
        else if (!isRace(outcome.failure)) yield* complain([outcome.failure.message])
        yield* serve()
        const failure = Result.isSuccess(outcome) ? outcome.success.failures[0] : outcome.failure
        if (failure === undefined) {
          failures = 0
          yield* Effect.timeoutOption(Queue.take(pokes), interval)
        } else {
          failures++
          yield* Effect.sleep(yield* delayAfterError(failure, failures, workBackoff))
        }
      }
    })
    yield* Effect.forkScoped(keep)

    return {
      pair,
      trusted: Effect.sync(() => trusting !== undefined),
      figures: Effect.map(SubscriptionRef.get(pair), ({ notAfter }) => ({
        authorityNotAfter: holdings.current?.notAfter ?? 0,
        servingNotAfter: notAfter,
        trustedAuthorities: holdings.trusted.length
      }))
    }
  })
