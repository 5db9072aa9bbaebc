import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { find } from "@branchline/adapter-k8s/access/Configuration"
import { choose } from "@branchline/adapter-k8s/access/Target"
import { folder, kubeconfig, withEnvironment, write } from "../support/Config.js"

/** What goes wrong with a kubeconfig of this text. */
const failure = (text: string, context?: string) =>
  Effect.gen(function*() {
    const file = write(yield* folder, "config", text)
    const error = yield* Effect.flip(Effect.flatMap(find(file), (config) => choose(config, context)))
    return [error.reason, error.message.replaceAll(file, "FILE")]
  }).pipe(withEnvironment({}))

const config = (clusters: unknown, users: unknown, contexts: unknown, current = "test") =>
  JSON.stringify({ kind: "Config", clusters, users, contexts, "current-context": current })

const cluster = { name: "there", cluster: { server: "https://127.0.0.1:6443" } }
const user = { name: "me", user: {} }
const context = { name: "test", context: { cluster: "there", user: "me" } }

describe("what is wrong with a kubeconfig", () => {
  it.effect.each<[string, string, string | undefined, string, string]>([
    ["no YAML", "clusters: [", undefined, "Unreadable", "FILE is no kubeconfig: it is not YAML"],
    ["a text", "hello", undefined, "Unreadable", "FILE is no kubeconfig: it has no clusters, users and contexts"],
    ["nothing", "", undefined, "Unreadable", "FILE is no kubeconfig: it has no clusters, users and contexts"],
    ["another kind", "kind: Pod\nclusters: []", undefined, "Unreadable", "FILE is no kubeconfig: its kind is Pod, not Config"],
    ["a map of clusters", "clusters: {a: 1}", undefined, "Unreadable", "FILE is no kubeconfig: clusters is not a list"],
    ["a cluster without server", config([{ name: "there", cluster: {} }], [user], [context]), undefined, "Incomplete", "the kubeconfig FILE is incomplete: clusters[0].cluster.server is missing"],
    ["a context without name", config([cluster], [user], [{ context: {} }]), undefined, "Incomplete", "the kubeconfig FILE is incomplete: contexts[0].name is missing"],
    ["a server that is no URL", config([{ name: "there", cluster: { server: "127.0.0.1:6443" } }], [user], [context]), undefined, "Incomplete", "the cluster there of FILE has the server 127.0.0.1:6443, which is no http or https URL"],
    ["no current context", config([cluster], [user], [context], ""), undefined, "Incomplete", "FILE has no current-context: set one, or name a context (there is test)"],
    ["a current context that is not there", config([cluster], [user], [context, { ...context, name: "prod" }], "gone"), undefined, "Incomplete", "FILE has no context gone, which is its current-context: there is test, prod"],
    ["a context that is not there", config([cluster], [user], [context]), "prod", "Incomplete", "FILE has no context prod: there is test"],
    ["no contexts", config([cluster], [user], []), "prod", "Incomplete", "FILE has no context prod: there is none"],
    ["a missing cluster", config([], [user], [context]), undefined, "Incomplete", "the context test of FILE names the cluster there, which is missing: there is none"],
    ["a missing user", config([cluster], [{ name: "you", user: {} }], [context]), undefined, "Incomplete", "the context test of FILE names the user me, which is missing: there is you"]
  ])("%s", ([, text, wanted, reason, message]) =>
    Effect.map(failure(text, wanted), ([foundReason, found]) => {
      expect(foundReason).toBe(reason)
      expect(found).toContain(message)
    }))

  it.effect("a file that is not there: the option that named it", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(find("/no/such/config"))
      expect([error.reason, error.message]).toEqual(["Unreadable", "the option kubeconfig names /no/such/config, but there is no such file: correct the path"])
    }).pipe(withEnvironment({})))

  it.effect("a file that is a folder", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(find(yield* folder))
      expect(error.reason).toBe("Unreadable")
      expect(error.message).toMatch(/^the kubeconfig .* cannot be read: EISDIR/)
    }).pipe(withEnvironment({})))
})

describe("where a kubeconfig is found", () => {
  it.effect("nowhere: all that was tried, and what to do", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(find())
      expect(error.reason).toBe("NoConfiguration")
      expect(error.message).toBe(
        "no cluster is configured: KUBECONFIG is not set, there is no ~/.kube/config, and this is not a pod (KUBERNETES_SERVICE_HOST is not set). Name a kubeconfig file"
      )
    }).pipe(withEnvironment({ HOME: "/no/such/home" })))

  it.effect("in the home", () =>
    Effect.gen(function*() {
      const home = yield* folder
      mkdirSync(join(home, ".kube"))
      const file = write(join(home, ".kube"), "config", kubeconfig("https://home:1"))
      const found = yield* find().pipe(withEnvironment({ HOME: home, KUBERNETES_SERVICE_HOST: "10.0.0.1", KUBERNETES_SERVICE_PORT: "443" }))
      expect([found.source, found.clusters[0]?.server]).toEqual([file, "https://home:1"])
    }))

  it.effect("in KUBECONFIG's files together: the first to set a value wins, and one that is missing is passed over", () =>
    Effect.gen(function*() {
      const at = yield* folder
      const one = write(at, "one", config([{ name: "there", cluster: { server: "https://first:1" } }], [], [], ""))
      const two = write(at, "two", config([{ name: "there", cluster: { server: "https://second:2" } }, { name: "more", cluster: { server: "https://more:3" } }], [user], [context]))
      const found = yield* find().pipe(withEnvironment({ KUBECONFIG: [one, join(at, "none"), two].join(":"), HOME: at }))
      expect(found.clusters.map(({ name, server }) => [name, server])).toEqual([["there", "https://first:1"], ["more", "https://more:3"]])
      expect([found.currentContext, found.source]).toEqual(["test", `${one}, ${two}`])
      expect((yield* choose(found)).origin).toBe("https://first:1")
    }))

  it.effect("nowhere, where KUBECONFIG names only files that are not there", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(find())
      expect(error.message).toBe("KUBECONFIG names /no/a and /no/b, but there is no such file: correct the path")
    }).pipe(withEnvironment({ KUBECONFIG: "/no/a:/no/b" })))

  it.effect("in the pod: the service account", () =>
    Effect.gen(function*() {
      const target = yield* Effect.flatMap(find(), choose)
      expect([target.origin, target.user.tokenFile, target.cluster.caFile]).toEqual([
        "https://[fd00::1]",
        "/var/run/secrets/kubernetes.io/serviceaccount/token",
        "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"
      ])
    }).pipe(withEnvironment({ HOME: "/no/such/home", KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443" })))
})

describe("what a kubeconfig says", () => {
  it.effect("in YAML, with paths relative to its folder, and what client-node passes over", () =>
    Effect.gen(function*() {
      const at = yield* folder
      const file = write(at, "config", `---
apiVersion: v1
kind: Config
preferences: {}
current-context: test # the one
clusters:
- cluster:
    certificate-authority: pki/ca.crt
    server: https://127.0.0.1:6443/k8s/clusters/c-1/
    tls-server-name: kubernetes
  name: there
contexts:
- context: {cluster: there, user: me}
  name: test
users:
- name: me
  user:
    client-certificate: ./me.crt
    client-key: /keys/me.key
    tokenFile: token
    as: somebody
    as-groups: [one, two]
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: ./bin/plugin
      args:
        - --region
        - eu-west-1
      env: null
`)
      const target = yield* Effect.flatMap(find(file), choose)
      expect(target).toMatchObject({
        origin: "https://127.0.0.1:6443",
        basePath: "/k8s/clusters/c-1",
        cluster: { caFile: join(at, "pki/ca.crt"), tlsServerName: "kubernetes", skipTLSVerify: false },
        user: {
          certFile: join(at, "me.crt"),
          keyFile: "/keys/me.key",
          tokenFile: join(at, "token"),
          impersonateUser: "somebody",
          impersonateGroups: ["one", "two"],
          exec: { command: join(at, "bin/plugin"), args: ["--region", "eu-west-1"] }
        }
      })
    }).pipe(withEnvironment({})))

  it.effect("leaves a command without a slash to PATH", () =>
    Effect.gen(function*() {
      const file = write(yield* folder, "config", kubeconfig("https://a:1", { exec: { command: "aws" } }))
      expect((yield* Effect.flatMap(find(file), choose)).user.exec).toEqual({ command: "aws" })
    }).pipe(withEnvironment({})))
})

