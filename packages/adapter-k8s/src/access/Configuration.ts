import { Config, Effect, Option } from "effect"
import { readFile } from "node:fs/promises"
import { isIPv6 } from "node:net"
import { delimiter, join } from "node:path"
import { AccessError, wordsOf } from "./AccessError.js"
import { type Kubeconfig, merge, parse } from "./Kubeconfig.js"

/** Where Kubernetes puts a pod's credentials. Source: Kubernetes, "Accessing the Kubernetes API from a Pod". */
const serviceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount"

const environment = (name: string): Effect.Effect<string | undefined> =>
  Config.option(Config.String(name)).pipe(
    Effect.orElseSucceed(Option.none),
    Effect.map((value) => Option.getOrUndefined(Option.filter(value, (text) => text !== "")))
  )

const isMissing = (cause: unknown): boolean => cause instanceof Error && "code" in cause && cause.code === "ENOENT"

/** A file's text; undefined where there is none. */
const textOf = (file: string): Effect.Effect<string | undefined, AccessError> =>
  Effect.tryPromise({ try: () => readFile(file, "utf8"), catch: (cause) => cause }).pipe(
    Effect.catch((cause) =>
      isMissing(cause)
        ? Effect.succeed(undefined)
        : Effect.fail(new AccessError({ reason: "Unreadable", message: `the kubeconfig ${file} cannot be read: ${wordsOf(cause)}` })))
  )

/** The files of a path list; those that are not there are passed over, as kubectl does, unless none is. */
const ofFiles = Effect.fnUntraced(function*(files: ReadonlyArray<string>, namedBy: string) {
  const configs: Array<Kubeconfig> = []
  for (const file of files) {
    const text = yield* textOf(file)
    if (text !== undefined) configs.push(yield* parse(file, text))
  }
  const [first, ...others] = configs
  if (first !== undefined) return merge(first, ...others)
  return yield* new AccessError({
    reason: "Unreadable",
    message: `${namedBy} names ${files.join(" and ")}, but there is no such file: correct the path`
  })
})

/** A pod's own access, where this is a pod. */
const inCluster = Effect.fnUntraced(function*() {
  const host = yield* environment("KUBERNETES_SERVICE_HOST")
  const port = yield* environment("KUBERNETES_SERVICE_PORT")
  if (host === undefined || port === undefined) return undefined
  const name = "in-cluster"
  const config: Kubeconfig = {
    source: "the pod's service account",
    clusters: [{
      name,
      server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
      caFile: join(serviceAccountFolder, "ca.crt"),
      skipTLSVerify: false
    }],
    users: [{ name, impersonateGroups: [], tokenFile: join(serviceAccountFolder, "token") }],
    contexts: [{ name, cluster: name, user: name }],
    currentContext: name
  }
  return config
})

/**
 * The configuration in force, sought as kubectl does: the file that was named, `$KUBECONFIG` (a list), `~/.kube/config`, the pod's service
 * account.
 */
export const find = Effect.fnUntraced(function*(kubeconfig?: string) {
  if (kubeconfig !== undefined) return yield* ofFiles([kubeconfig], "the option kubeconfig")
  const listed = yield* environment("KUBECONFIG")
  if (listed !== undefined) return yield* ofFiles(listed.split(delimiter).filter((file) => file !== ""), "KUBECONFIG")
  const home = yield* environment("HOME")
  if (home !== undefined) {
    const file = join(home, ".kube", "config")
    const text = yield* textOf(file)
    if (text !== undefined) return yield* parse(file, text)
  }
  const pod = yield* inCluster()
  if (pod !== undefined) return pod
  return yield* new AccessError({
    reason: "NoConfiguration",
    message: "no cluster is configured: KUBECONFIG is not set, there is no ~/.kube/config, and this is not a pod (KUBERNETES_SERVICE_HOST is not set). " +
      "Name a kubeconfig file"
  })
})
