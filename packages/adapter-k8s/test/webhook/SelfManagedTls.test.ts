import * as MemoryKubernetes from "@branchline/adapter-memory/kubernetes/MemoryKubernetes"
import { simulated } from "@branchline/adapter-memory/simulation/Simulation"
import { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { KubernetesError } from "@branchline/core/ports/KubernetesError"
import { describe, expect, it } from "@effect/vitest"
import { Clock, Duration, Effect, Exit, Result, Schema, Scope, SubscriptionRef } from "effect"
import { Base64 } from "effect/encoding"
import { secrets } from "../../src/webhook/authority/CertificateSecret.js"
import type { Issuer } from "../../src/webhook/authority/Issuer.js"
import { mutatingWebhookConfigurations, validatingWebhookConfigurations } from "../../src/webhook/authority/WebhookConfigurations.js"
import * as SelfManagedTls from "../../src/webhook/SelfManagedTls.js"

/**
 * Certificates as JSON between PEM's lines: making real ones waits for the host, which a simulated world does not know. Serial numbers tell
 * certificates apart.
 */
const paperIssuer = (): Issuer => {
  let serial = 0
  const Paper = Schema.fromJsonString(Schema.Struct({
    serial: Schema.Number, notBefore: Schema.Number, notAfter: Schema.Number, authority: Schema.Number, names: Schema.Array(Schema.String)
  }))
  const decode = Schema.decodeUnknownResult(Paper)
  const lines = ["-----BEGIN CERTIFICATE-----\n", "\n-----END CERTIFICATE-----\n"] as const
  const read = (cert: string) =>
    Result.mapError(decode(Result.getOrElse(Base64.decodeString(cert.replace(lines[0], "").replace(lines[1], "")), () => "")), String)
  const paper = (content: object) => {
    serial++
    return Effect.as(Effect.sleep("20 millis"), { key: `key ${serial}`, cert: lines.join(Base64.encode(JSON.stringify({ serial, ...content }))) })
  }
  return {
    authority: (validity) => paper({ ...validity, authority: 0, names: [] }),
    serving: (authority, names, validity) =>
      Effect.flatMap(Effect.orDie(Effect.fromResult(read(authority.cert))), (ca) => paper({ ...validity, authority: ca.serial, names })),
    readAuthority: read,
    readServing: (pair, authority, wanted) =>
      Result.gen(function*() {
        const [leaf, ca] = [yield* read(pair.cert), yield* read(authority)]
        if (leaf.authority !== ca.serial) return yield* Result.fail("another authority has signed it")
        return { ...leaf, missing: wanted.filter((name) => !leaf.names.includes(name)) }
      })
  }
}

const configuration = (kind: string, name: string, webhooks: ReadonlyArray<string>) => ({
  apiVersion: "admissionregistration.k8s.io/v1",
  kind,
  metadata: { name },
  webhooks: webhooks.map((webhook) => ({ name: webhook, clientConfig: { service: { namespace: "kube-system", name: "webhook" } }, failurePolicy: "Ignore" }))
})

const mutatingKey = { name: "vpc-resource-mutating-webhook" }
const validatingKey = { name: "vpc-resource-validating-webhook" }
const secretKey = { namespace: "kube-system", name: "webhook-tls" }

const mutating = configuration("MutatingWebhookConfiguration", mutatingKey.name, ["other.example", "mpod.vpc.k8s.aws"])
const validating = configuration("ValidatingWebhookConfiguration", validatingKey.name, ["vpod.vpc.k8s.aws", "vnode.vpc.k8s.aws"])

const cluster = Effect.gen(function*() {
  const memory = yield* MemoryKubernetes.make({ customResources: [secrets, mutatingWebhookConfigurations, validatingWebhookConfigurations] })
  const admin = memory.server.as("kubernetes-admin")
  const port = memory.portFor("replica")
  yield* admin.create(mutatingWebhookConfigurations, mutating)
  yield* admin.create(validatingWebhookConfigurations, validating)
  const issuer = paperIssuer()
  const options: SelfManagedTls.SelfManagedTlsOptions = { secret: secretKey, names: ["webhook.kube-system.svc"], issuer }
  const start = (more: Partial<SelfManagedTls.SelfManagedTlsOptions> = {}, kubernetes = port) =>
    Effect.provideService(SelfManagedTls.make({ ...options, ...more }), Kubernetes, kubernetes)

  const WebhooksOf = Schema.Struct({ webhooks: Schema.Array(Schema.Struct({ name: Schema.String, clientConfig: Schema.Struct({ caBundle: Schema.optionalKey(Schema.String) }) })) })
  const documents = Effect.all([admin.get(mutatingWebhookConfigurations, mutatingKey), admin.get(validatingWebhookConfigurations, validatingKey)])
  /** The authorities' serial numbers that each of our webhooks trusts; `undefined` for one without bundle. */
  const trustedSerials = Effect.gen(function*() {
    const found: Record<string, ReadonlyArray<number> | undefined> = {}
    for (const document of yield* documents) {
      for (const { clientConfig, name } of (yield* Schema.decodeUnknownEffect(WebhooksOf)(document)).webhooks) {
        const pem = clientConfig.caBundle === undefined ? undefined : Result.getOrThrow(Base64.decodeString(clientConfig.caBundle))
        found[name] = pem?.split("-----END CERTIFICATE-----\n").filter((part) => part !== "").map((part) => serialOf(part))
      }
    }
    return found
  })
  const serialOf = (cert: string): number =>
    (JSON.parse(Result.getOrThrow(Base64.decodeString(cert.replace(/-----.*-----/g, "").replaceAll("\n", "")))) as { serial: number }).serial
  const authorityOf = (cert: string): number =>
    (JSON.parse(Result.getOrThrow(Base64.decodeString(cert.replace(/-----.*-----/g, "").replaceAll("\n", "")))) as { authority: number }).authority
  const writes = Effect.map(memory.audit.events, (events) => events.filter(({ user, verb }) => user.username === "replica" && (verb === "create" || verb === "patch")))
  return { memory, admin, port, start, trustedSerials, authorityOf, documents, writes }
})

/** Every webhook of ours trusts the authority that signed what a replica serves; the other one is left alone. */
const expectTrusted = (world: Effect.Success<typeof cluster>, replicas: ReadonlyArray<SelfManagedTls.SelfManagedTls>) =>
  Effect.gen(function*() {
    const trusted = yield* world.trustedSerials
    expect(trusted["other.example"]).toBeUndefined()
    for (const { pair } of replicas) {
      const signer = world.authorityOf((yield* SubscriptionRef.get(pair)).cert)
      for (const name of ["mpod.vpc.k8s.aws", "vpod.vpc.k8s.aws", "vnode.vpc.k8s.aws"]) expect(trusted[name], name).toContain(signer)
    }
  })

describe("certificates of our own", () => {
  for (const seed of Array.from({ length: 20 }, (_, index) => index)) {
    it.effect(`two replicas that start at once share one pair, seed ${seed}`, () =>
      Effect.gen(function*() {
        const world = yield* cluster
        // Every other time the Secret is there, and empty: as deploy/base has it.
        if (seed % 2 === 1) yield* world.admin.create(secrets, { metadata: secretKey })
        const [one, two] = yield* Effect.all([world.start(), world.start()], { concurrency: "unbounded" })
        const digests = Effect.map(Effect.all([SubscriptionRef.get(one.pair), SubscriptionRef.get(two.pair)]), (pairs) => new Set(pairs.map(({ digest }) => digest)))
        // From the first moment on: what one of them had thrown away would not be trusted.
        const begun = yield* digests
        expect(begun.size).toBe(1)
        yield* Effect.sleep("1 minute")
        expect(yield* digests).toEqual(begun)
        yield* expectTrusted(world, [one, two])
        expect(yield* one.trusted).toBe(true)
        expect(yield* two.trusted).toBe(true)
        const { length } = yield* world.writes
        // One Secret, two configurations, and what the slower replica tried.
        expect(length).toBeLessThanOrEqual(6)
        yield* Effect.sleep("10 minutes")
        expect((yield* world.writes).length).toBe(length)
      }).pipe(simulated({ seed })))
  }

  for (const seed of [1, 2]) {
    it.effect(`through three authorities' lives every replica always serves what is trusted, and old authorities go, seed ${seed}`, () =>
      Effect.gen(function*() {
        const world = yield* cluster
        const lifetimes = {
          authority: Duration.hours(24),
          authorityRenewal: Duration.hours(8),
          serving: Duration.hours(6),
          servingRenewal: Duration.hours(2)
        }
        const start = world.start({ interval: "5 minutes", lifetimes })
        const [one, two] = yield* Effect.all([start, start], { concurrency: "unbounded" })
        const served = new Set<string>()
        const authorities = new Set<number>()
        const trustedFrom = new Map<number, number>()
        const watch = ({ pair }: SelfManagedTls.SelfManagedTls) =>
          Effect.gen(function*() {
            for (;;) {
              const now = yield* Clock.currentTimeMillis
              for (const serial of (yield* world.trustedSerials)["mpod.vpc.k8s.aws"] ?? []) {
                if (!trustedFrom.has(serial)) trustedFrom.set(serial, now)
              }
              const { cert, digest, notAfter } = yield* SubscriptionRef.get(pair)
              expect(notAfter).toBeGreaterThan(now)
              const signer = world.authorityOf(cert)
              // Looked at once a minute, five minutes of trust may look like four.
              if (authorities.size > 0 && !authorities.has(signer)) expect(now - (trustedFrom.get(signer) ?? now)).toBeGreaterThanOrEqual(4 * 60_000)
              served.add(digest)
              authorities.add(signer)
              yield* expectTrusted(world, [one, two])
              yield* Effect.sleep("1 minute")
            }
          })
        yield* Effect.sleep("1 minute")
        yield* Effect.timeoutOption(watch(one), Duration.days(3))
        expect(authorities.size).toBe(5)
        expect(served.size).toBeGreaterThan(15)
        // Two at most: the one that signs, and one before or after it.
        expect((yield* one.figures).trustedAuthorities).toBeLessThanOrEqual(2)
        expect((yield* world.trustedSerials)["mpod.vpc.k8s.aws"]?.length).toBeLessThanOrEqual(2)
        expect((yield* SubscriptionRef.get(one.pair)).digest).toBe((yield* SubscriptionRef.get(two.pair)).digest)
      }).pipe(simulated({ seed })))
  }

  it.effect("puts the bundle back where somebody overwrote it, and leaves all else as they wrote it", () =>
    Effect.gen(function*() {
      const world = yield* cluster
      const one = yield* world.start()
      yield* Effect.sleep("1 minute")
      const other = "aGVsbG8="
      yield* world.admin.patch(mutatingWebhookConfigurations, mutatingKey, {
        _tag: "json",
        patch: [
          { op: "add", path: "/webhooks/0/clientConfig/caBundle", value: other },
          { op: "replace", path: "/webhooks/1/clientConfig/caBundle", value: other },
          { op: "replace", path: "/webhooks/1/failurePolicy", value: "Fail" }
        ]
      })
      yield* Effect.sleep("5 seconds")
      const [document] = yield* world.documents
      expect(document["webhooks"]).toMatchObject([
        { name: "other.example", clientConfig: { caBundle: other }, failurePolicy: "Ignore" },
        { name: "mpod.vpc.k8s.aws", clientConfig: { caBundle: expect.not.stringContaining(other) }, failurePolicy: "Fail" }
      ])
      expect(yield* one.trusted).toBe(true)
    }).pipe(simulated()))

  it.effect("fills an empty Secret, mends a damaged one, and brings back one that was deleted, with the same certificate", () =>
    Effect.gen(function*() {
      const world = yield* cluster
      yield* world.admin.create(secrets, { metadata: secretKey, data: { mine: "eA==" } })
      const one = yield* world.start()
      yield* Effect.sleep("1 minute")
      const { digest } = yield* SubscriptionRef.get(one.pair)
      expect(yield* world.admin.get(secrets, secretKey)).toMatchObject({ data: { mine: "eA==", "tls.crt": expect.any(String) } })
      yield* world.admin.patch(secrets, secretKey, { _tag: "merge", patch: { data: { "ca.crt": "eA==" } } })
      yield* Effect.sleep("5 seconds")
      expect((yield* SubscriptionRef.get(one.pair)).digest).toBe(digest)
      yield* world.admin.delete(secrets, secretKey)
      yield* Effect.sleep("5 seconds")
      expect(yield* world.admin.get(secrets, secretKey)).toMatchObject({ data: { "ca.key": expect.any(String) } })
      yield* expectTrusted(world, [one, yield* world.start()])
      expect((yield* SubscriptionRef.get(one.pair)).digest).toBe(digest)
    }).pipe(simulated()))

  it.effect("serves a certificate for the names of both versions while a Deployment is replaced, without taking turns", () =>
    Effect.gen(function*() {
      const world = yield* cluster
      yield* world.start({ names: ["old.svc"] })
      const fresh = yield* world.start({ names: ["new.svc"] })
      yield* Effect.sleep("10 minutes")
      const { length } = yield* world.writes
      const data = (yield* world.admin.get(secrets, secretKey))["data"]
      expect(data).toBeDefined()
      expect((yield* SubscriptionRef.get(fresh.pair)).cert).toBeDefined()
      yield* Effect.sleep("1 hour")
      expect((yield* world.writes).length).toBe(length)
      // A Secret, a second certificate, two configurations.
      expect(length).toBe(4)
    }).pipe(simulated()))

  it.effect("says that a configuration is missing, makes none, and serves the one that comes later", () =>
    Effect.gen(function*() {
      const world = yield* cluster
      yield* world.admin.delete(validatingWebhookConfigurations, validatingKey)
      const one = yield* world.start()
      yield* Effect.sleep("5 minutes")
      expect((yield* Effect.flip(world.admin.get(validatingWebhookConfigurations, validatingKey))).reason._tag).toBe("NotFound")
      yield* world.admin.create(validatingWebhookConfigurations, validating)
      yield* Effect.sleep("5 seconds")
      yield* expectTrusted(world, [one])
    }).pipe(simulated()))

  it.effect("goes on with the other configuration where one may not be read, and is not trusted everywhere then", () =>
    Effect.gen(function*() {
      const world = yield* cluster
      const forbidden = new KubernetesError({ operation: "get", reason: { _tag: "Forbidden" }, message: "no" })
      const one = yield* world.start({}, {
        ...world.port,
        get: (resource, key) => resource.kind === "ValidatingWebhookConfiguration" ? Effect.fail(forbidden) : world.port.get(resource, key)
      })
      yield* Effect.sleep("1 minute")
      expect(yield* one.trusted).toBe(false)
      const trusted = yield* world.trustedSerials
      expect(trusted["mpod.vpc.k8s.aws"]).toHaveLength(1)
      expect(trusted["vpod.vpc.k8s.aws"]).toBeUndefined()
    }).pipe(simulated()))

  it.effect("does not start where the Secret is out of reach, and says what to do", () =>
    Effect.gen(function*() {
      const world = yield* cluster
      const refuse = (tag: "Forbidden" | "Unavailable") => ({
        ...world.port,
        get: () => Effect.fail(new KubernetesError({ operation: "get", reason: { _tag: tag }, message: "cannot get secrets" }))
      })
      const scope = yield* Scope.make()
      const forbidden = yield* Effect.flip(Effect.provideService(world.start({}, refuse("Forbidden")), Scope.Scope, scope))
      expect(forbidden).toMatchObject({ reason: "Forbidden", isRetryable: false })
      expect(forbidden.message).toContain("kube-system/webhook-tls: cannot get secrets; grant that, or give certificates in files")
      const away = yield* Effect.flip(Effect.provideService(world.start({}, refuse("Unavailable")), Scope.Scope, scope))
      expect(away).toMatchObject({ reason: "Unreachable", isRetryable: true })
      yield* Scope.close(scope, Exit.void)
    }).pipe(simulated()))
})
