import { describe, expect, it } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { load } from "@branchline/adapter-k8s/access/ClusterAccess"
import { base64, certificate } from "../support/Certificates.js"
import { until } from "../support/Server.js"
import { settableClock } from "../support/SettableClock.js"
import { folder, kubeconfig, withEnvironment, write } from "../support/Config.js"

/** An access by a kubeconfig with this user. */
const accessOf = (user: object, cluster: object = {}, at = folder) =>
  Effect.gen(function*() {
    const file = write(yield* at, "config", kubeconfig("https://127.0.0.1:6443", user, cluster))
    return yield* Effect.mapError(load({ kubeconfig: file }), ({ isRetryable, message, reason }) => ({ reason, isRetryable, message: message.replaceAll(file, "FILE") }))
  })

const plugin = (script: string, more: object = {}) => ({
  exec: { apiVersion: "client.authentication.k8s.io/v1", command: "/bin/sh", args: ["-c", script], ...more }
})

const credential = (status: string) => `echo '{"kind":"ExecCredential","status":${status}}'`

/** Counts its runs in a file, and gives the count as the token. */
const counting = (file: string, expires: string) =>
  plugin(`n=$(($(cat ${file} 2>/dev/null || echo 0) + 1)); echo $n > ${file}; ` +
    `echo "{\\"status\\":{\\"token\\":\\"token-$n\\",\\"expirationTimestamp\\":\\"${expires}\\"}}"`)

const authorization = (session: { readonly headers: Readonly<Record<string, unknown>> }) => session.headers["authorization"]

describe("credentials", () => {
  it.effect("are what the kubeconfig says", () =>
    Effect.gen(function*() {
      const headers = (user: object) => Effect.flatMap(accessOf(user), (access) => Effect.map(access.session, (session) => session.headers))
      expect(yield* headers({})).toEqual({})
      expect(yield* headers({ token: "abc" })).toEqual({ authorization: "Bearer abc" })
      expect(yield* headers({ username: "a", password: "b" })).toEqual({ authorization: `Basic ${base64("a:b")}` })
      expect(yield* headers({ token: "abc", as: "somebody", "as-groups": ["one", "two"] })).toEqual({
        authorization: "Bearer abc",
        "impersonate-user": "somebody",
        "impersonate-group": ["one", "two"]
      })
    }))

  it.effect("in another's name, as the flags of kubectl say it, go before what the kubeconfig says of that", () =>
    Effect.gen(function*() {
      const file = write(yield* folder, "config", kubeconfig("https://127.0.0.1:6443", { token: "abc", as: "somebody", "as-groups": ["one"] }))
      const headers = (options: object) => Effect.flatMap(load({ kubeconfig: file, ...options }), (access) => Effect.map(access.session, (session) => session.headers))
      expect(yield* headers({ as: "jane", asGroups: ["readers", "others"] })).toEqual({
        authorization: "Bearer abc",
        "impersonate-user": "jane",
        "impersonate-group": ["readers", "others"]
      })
      expect(yield* headers({ as: "jane" })).toEqual({ authorization: "Bearer abc", "impersonate-user": "jane" })
      expect(yield* headers({ asGroups: ["readers"] })).toEqual({ authorization: "Bearer abc", "impersonate-user": "somebody", "impersonate-group": ["readers"] })
      expect((yield* load({ kubeconfig: file, as: "jane" })).description).toContain(", as jane")
    }))

  it.effect("in a group's name need a user's", () =>
    Effect.gen(function*() {
      const file = write(yield* folder, "config", kubeconfig("https://127.0.0.1:6443"))
      expect((yield* Effect.flip(load({ kubeconfig: file, asGroups: ["readers"] }))).message).toBe("a group to act as (--as-group) needs a user to act as (--as)")
    }))

  it.effect("of a token file go before a token, and a token before a plugin", () =>
    Effect.gen(function*() {
      const file = write(yield* folder, "token", "from-the-file\n")
      expect(authorization(yield* (yield* accessOf({ token: "abc", tokenFile: file })).session)).toBe("Bearer from-the-file")
      expect(authorization(yield* (yield* accessOf({ token: "abc", ...plugin("exit 1") })).session)).toBe("Bearer abc")
    }))

  it.effect("of a plugin: its token, once for all who ask, until it has expired", () =>
    Effect.gen(function*() {
      const at = yield* folder
      const access = yield* accessOf(counting(join(at, "lasting"), "2049-01-01T00:00:00Z"))
      yield* TestClock.adjust("1 hour")
      const sessions = yield* Effect.all(Array.from({ length: 10 }, () => access.session), { concurrency: "unbounded" })
      expect(sessions.map(authorization)).toEqual(Array.from({ length: 10 }, () => "Bearer token-1"))

      const expired = yield* accessOf(counting(join(at, "expired"), "2001-01-01T00:00:00Z"))
      expect(authorization(yield* expired.session)).toBe("Bearer token-1")
      yield* TestClock.adjust("10 seconds")
      expect(authorization(yield* expired.session)).toBe("Bearer token-2")
      expect(authorization(yield* expired.session)).toBe("Bearer token-2")
    }))

  it.effect("that were refused are got anew, once for all who were refused, and at most once a second", () =>
    Effect.gen(function*() {
      const at = yield* folder
      const access = yield* accessOf(counting(join(at, "count"), "2049-01-01T00:00:00Z"))
      const refused = yield* access.session
      const renewed = yield* Effect.all([1, 2, 3].map(() => access.renewed(refused)), { concurrency: "unbounded" })
      expect(renewed.map(authorization)).toEqual(["Bearer token-2", "Bearer token-2", "Bearer token-2"])
      const [second = refused] = renewed
      expect(authorization(yield* access.renewed(second))).toBe("Bearer token-2")
      yield* TestClock.adjust("1 second")
      expect(authorization(yield* access.renewed(second))).toBe("Bearer token-3")
      // An answer that was long on its way refuses what is no longer used.
      yield* TestClock.adjust("1 second")
      expect(authorization(yield* access.renewed(refused))).toBe("Bearer token-3")
      expect(readFileSync(join(at, "count"), "utf8").trim()).toBe("3")
    }))

  it.effect("of a token file that rotated are read anew when they were refused", () =>
    Effect.gen(function*() {
      const at = yield* folder
      const file = write(at, "token", "old")
      const access = yield* accessOf({ tokenFile: file })
      const refused = yield* access.session
      write(at, "token", "new")
      expect(authorization(yield* access.renewed(refused))).toBe("Bearer new")
      expect(authorization(yield* access.session)).toBe("Bearer new")
    }))

  it.effect("are looked at again, and got anew, although the clock was set back", () =>
    Effect.gen(function*() {
      const at = yield* folder
      const { clock, setForward } = yield* settableClock
      yield* Effect.gen(function*() {
        const access = yield* accessOf(counting(join(at, "count"), "2001-01-01T00:00:00Z"))
        expect(authorization(yield* access.renewed(yield* access.session))).toBe("Bearer token-2")
        yield* setForward(-3_600_000)
        yield* TestClock.adjust("1 second")
        expect(authorization(yield* access.renewed(yield* access.session))).toBe("Bearer token-3")
        yield* TestClock.adjust("10 seconds")
        expect(authorization(yield* access.session)).toBe("Bearer token-4")
      }).pipe(Effect.provideService(Clock.Clock, clock))
    }))

  it.effect("of before are kept where a look at them fails", () =>
    Effect.gen(function*() {
      const at = yield* folder
      const flag = write(at, "flag", "")
      const access = yield* accessOf(plugin(`if [ -e ${flag} ]; then rm ${flag}; ${credential("{\"token\":\"one\",\"expirationTimestamp\":\"2001-01-01T00:00:00Z\"}")}; else exit 1; fi`))
      yield* TestClock.adjust("1 minute")
      const session = yield* access.session
      expect(authorization(session)).toBe("Bearer one")
      expect((yield* Effect.flip(access.renewed(session))).message).toContain("failed: it printed nothing on stderr")
    }))

  it.effect("of a plugin that is told about the cluster", () =>
    Effect.gen(function*() {
      const echo = "printf '{\"status\":{\"token\":\"%s\"}}' $(printf '%s' \"$KUBERNETES_EXEC_INFO\" | base64 | tr -d '\\n')"
      const access = yield* accessOf(plugin(echo, { provideClusterInfo: true, env: [{ name: "A", value: "b" }] }), { "tls-server-name": "kubernetes" })
      const token = String(authorization(yield* access.session)).replace("Bearer ", "")
      expect(JSON.parse(Buffer.from(token, "base64").toString("utf8"))).toEqual({
        apiVersion: "client.authentication.k8s.io/v1",
        kind: "ExecCredential",
        spec: {
          interactive: false,
          cluster: { server: "https://127.0.0.1:6443", "tls-server-name": "kubernetes", "insecure-skip-tls-verify": false }
        }
      })
    }))
})

describe("credentials that cannot be got", () => {
  it.effect.each<[string, object, string]>([
    ["a plugin that is not there", { exec: { command: "no-such-plugin", installHint: "Install it from the shelf.\n" } }, "the credential plugin no-such-plugin of user me in FILE is not installed, or not in PATH: Install it from the shelf."],
    ["a plugin that fails", plugin("echo 'token has expired, log in again' >&2; exit 3"), "the credential plugin /bin/sh of user me in FILE failed: token has expired, log in again"],
    ["a plugin that prints something else", plugin("echo hello"), "the credential plugin /bin/sh of user me in FILE did not print an ExecCredential: "],
    ["a plugin that prints no status", plugin("echo '{}'"), "the credential plugin /bin/sh of user me in FILE did not print an ExecCredential: "],
    ["a token file that is not there", { tokenFile: "/no/such/token" }, "the token file /no/such/token of FILE cannot be read: ENOENT"]
  ])("%s", ([, user, message]) =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(accessOf(user))
      expect(error).toMatchObject({ reason: "Credentials", isRetryable: true })
      expect(error.message).toContain(message)
    }))

  it.effect("a plugin that hangs is given up after 30 seconds", () =>
    Effect.gen(function*() {
      const at = yield* folder
      const loading = yield* Effect.forkChild(Effect.flip(accessOf(plugin(`touch ${join(at, "started")}; exec sleep 1`))))
      yield* until(() => existsSync(join(at, "started")))
      yield* TestClock.adjust("30 seconds")
      expect((yield* Fiber.join(loading)).message).toContain("failed: no answer in 30 seconds")
    }))

  it.effect("a plugin that hangs is not started again while it does", () =>
    Effect.gen(function*() {
      const at = yield* folder
      const [first, starts] = [join(at, "first"), join(at, "starts")]
      const answer = credential("{\"token\":\"one\",\"expirationTimestamp\":\"2001-01-01T00:00:00Z\"}")
      const started = () => existsSync(starts) ? readFileSync(starts, "utf8").length / 2 : 0
      const access = yield* accessOf(plugin(`if [ ! -e ${first} ]; then touch ${first}; ${answer}; else echo x >> ${starts}; exec sleep 1; fi`))
      for (let look = 0; look < 3; look++) {
        yield* TestClock.adjust("10 seconds")
        const looking = yield* Effect.forkChild(access.session, { startImmediately: true })
        yield* until(() => started() > 0)
        yield* TestClock.adjust("30 seconds")
        expect(authorization(yield* Fiber.join(looking))).toBe("Bearer one")
      }
      // Those that were refused are asked for anew: so it is seen that nothing else was started before.
      yield* Effect.forkChild(access.renewed(yield* access.session), { startImmediately: true })
      yield* until(() => started() > 1)
      expect(started()).toBe(2)
    }))

  it.effect("an auth-provider that nobody knows", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(accessOf({ "auth-provider": { name: "openstack" } }))
      expect(error.message).toBe("user me of FILE has the auth-provider openstack, which is not known here: use an exec plugin")
    }))
})

describe("certificates", () => {
  const pairs = Effect.gen(function*() {
    const ca = yield* certificate({ name: "ca" })
    return { ca, me: yield* certificate({ name: "me", ca }), other: yield* certificate({ name: "other", ca }) }
  })

  it.effect("that changed get connections of their own, and those of before are let go", () =>
    Effect.gen(function*() {
      const { ca, me, other } = yield* pairs
      const at = yield* folder
      const user = { "client-certificate": write(at, "crt", me.cert), "client-key": write(at, "key", me.key) }
      const access = yield* accessOf(user, { "certificate-authority-data": base64(ca.cert) })
      const before = yield* access.session
      yield* TestClock.adjust("10 seconds")
      expect(yield* access.session).toBe(before)
      write(at, "crt", other.cert)
      write(at, "key", other.key)
      yield* TestClock.adjust("10 seconds")
      const after = yield* access.session
      expect(after.dispatcher).not.toBe(before.dispatcher)
    }))

  it.effect("of a plugin", () =>
    Effect.gen(function*() {
      const { me } = yield* pairs
      const file = write(yield* folder, "credential", JSON.stringify({ status: { clientCertificateData: me.cert, clientKeyData: me.key } }))
      expect((yield* (yield* accessOf(plugin(`cat ${file}`))).session).headers).toEqual({})
    }))

  const failure = (user: object, cluster: object = {}) => Effect.map(Effect.flip(accessOf(user, cluster)), ({ message, reason }) => [reason, message])

  it.effect("that cannot be used: which, and why", () =>
    Effect.gen(function*() {
      const { ca, me, other } = yield* pairs
      const late = yield* certificate({ name: "late", ca, until: "1969-12-31T00:00:00Z" })
      const data = (cert: string, key: string) => ({ "client-certificate-data": base64(cert), "client-key-data": base64(key) })
      expect(yield* failure({}, { "certificate-authority-data": base64("hello") })).toEqual([
        "Certificate",
        "the certificate-authority of cluster there in FILE is no PEM certificate"
      ])
      expect(yield* failure({}, { "certificate-authority": "/no/such/ca" })).toEqual([
        "Unreadable",
        expect.stringContaining("the certificate-authority of cluster there in FILE cannot be read: ENOENT")
      ])
      expect(yield* failure({ "client-certificate-data": base64(me.cert) })).toEqual(["Certificate", "user me of FILE has a client certificate without its key"])
      expect(yield* failure({ "client-key-data": base64(me.key) })).toEqual(["Certificate", "user me of FILE has a client key without its certificate"])
      expect(yield* failure(data(me.cert, other.key))).toEqual([
        "Certificate",
        expect.stringContaining("the client certificate and key of user me in FILE cannot be used together: ")
      ])
      expect(yield* failure(data(late.cert, late.key))).toEqual([
        "Certificate",
        expect.stringMatching(/^the client certificate of user me in FILE expired at Dec 31 00:00:00 1969 GMT: get a new one/)
      ])
    }))
})

it.effect("a cluster is described by server, context and file", () =>
  Effect.gen(function*() {
    const file = write(yield* folder, "config", kubeconfig("https://127.0.0.1:6443/prefix"))
    const access = yield* load().pipe(withEnvironment({ KUBECONFIG: file }))
    expect([access.description, access.basePath]).toEqual([`https://127.0.0.1:6443 (context test of ${file})`, "/prefix"])
  }))

describe("the namespace of a context", () => {
  it.effect("is told where it names one", () =>
    Effect.gen(function*() {
      const config = JSON.parse(kubeconfig("https://127.0.0.1:6443"))
      const at = yield* folder
      const without = write(at, "without", JSON.stringify(config))
      config.contexts[0].context.namespace = "shop"
      const named = write(at, "named", JSON.stringify(config))
      expect((yield* load({ kubeconfig: without })).namespace).toBeUndefined()
      expect((yield* load({ kubeconfig: named })).namespace).toBe("shop")
    }))
})
