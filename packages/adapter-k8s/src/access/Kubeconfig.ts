import { type Cluster, type Context, newClusters, newContexts, newUsers, type User } from "@kubernetes/client-node/dist/config_types.js"
import { Effect, Predicate, Result } from "effect"
import * as Yaml from "effect/encoding/Yaml"
import { dirname, isAbsolute, join } from "node:path"
import { AccessError, wordsOf } from "./AccessError.js"

// client-node's index, and its config.js too, load every generated API class: 85 MB of memory that nobody here would use. Its parts that read
// the entries of a kubeconfig, and those that get credentials, are light by themselves.

/** A user's entry, with what client-node leaves out of it. */
export interface KubeconfigUser extends User {
  /** `as-groups`. */
  readonly impersonateGroups: ReadonlyArray<string>
  /** `tokenFile`, or the service account's token: read again and again, because it rotates. */
  readonly tokenFile?: string | undefined
}

/** What a kubeconfig says, all its files together. */
export interface Kubeconfig {
  /** For messages: the files, or `the service account`. */
  readonly source: string
  readonly clusters: ReadonlyArray<Cluster>
  readonly users: ReadonlyArray<KubeconfigUser>
  readonly contexts: ReadonlyArray<Context>
  readonly currentContext: string | undefined
}

type Raw = Readonly<Record<string, unknown>>

const isRaw = (value: unknown): value is Raw => Predicate.isObject(value) && !Array.isArray(value)

const textOf = (value: unknown): string | undefined => typeof value === "string" && value !== "" ? value : undefined

/** Kubernetes resolves relative paths from the folder of the file that they stand in. */
const absolute = (file: string, path: string | undefined): string | undefined =>
  path === undefined || isAbsolute(path) ? path : join(dirname(file), path)

/** JSON is YAML, and its own parser is the quicker and stricter one. */
const documentOf = (text: string): Result.Result<unknown, string> =>
  Result.orElse(
    Result.try((): unknown => JSON.parse(text)),
    () => Result.try({ try: () => Yaml.parse(text), catch: wordsOf })
  )

/**
 * A command with a slash in it is a path. Source: Kubernetes, "Authenticating", client-go credential plugins: relative command paths are relative
 * to the directory of the config file.
 */
const withCommand = (file: string, exec: unknown): unknown => {
  if (!isRaw(exec)) return exec
  const command = textOf(exec["command"])
  return command?.includes("/") === true ? { ...exec, command: absolute(file, command) } : exec
}

const usersOf = (file: string, entries: unknown): ReadonlyArray<KubeconfigUser> => {
  const raws = Array.isArray(entries) ? entries.map((entry): Raw => isRaw(entry) && isRaw(entry["user"]) ? entry["user"] : {}) : []
  // client-node reads a `token-file` (no such key exists) and passes over `tokenFile`.
  return newUsers(entries).map((user, index): KubeconfigUser => {
    const groups = raws[index]?.["as-groups"]
    const { certFile, keyFile, ...rest } = user
    const [cert, key] = [absolute(file, textOf(certFile)), absolute(file, textOf(keyFile))]
    return {
      ...rest,
      ...(cert === undefined ? {} : { certFile: cert }),
      ...(key === undefined ? {} : { keyFile: key }),
      exec: withCommand(file, user.exec),
      impersonateGroups: Array.isArray(groups) ? groups.map(String) : [],
      tokenFile: absolute(file, textOf(raws[index]?.["tokenFile"]))
    }
  })
}

const clustersOf = (file: string, entries: unknown): ReadonlyArray<Cluster> =>
  newClusters(entries).map(({ caFile, ...cluster }) => {
    const ca = absolute(file, textOf(caFile))
    return ca === undefined ? cluster : { ...cluster, caFile: ca }
  })

const lists = ["clusters", "users", "contexts"] as const

/** What one file says. */
export const parse = (file: string, text: string): Effect.Effect<Kubeconfig, AccessError> => {
  const unreadable = (why: string) => new AccessError({ reason: "Unreadable", message: `${file} is no kubeconfig: ${why}` })
  const document = documentOf(text)
  if (Result.isFailure(document)) return Effect.fail(unreadable(`it is not YAML (${document.failure})`))
  const config = document.success
  if (!isRaw(config)) return Effect.fail(unreadable("it has no clusters, users and contexts"))
  if (config["kind"] !== undefined && config["kind"] !== "Config") {
    return Effect.fail(unreadable(`its kind is ${String(config["kind"])}, not Config`))
  }
  if (lists.every((list) => config[list] === undefined)) return Effect.fail(unreadable("it has no clusters, users and contexts"))
  for (const list of lists) {
    if (config[list] != null && !Array.isArray(config[list])) return Effect.fail(unreadable(`${list} is not a list`))
  }
  return Effect.try({
    try: (): Kubeconfig => ({
      source: file,
      clusters: clustersOf(file, config["clusters"]),
      users: usersOf(file, config["users"]),
      contexts: newContexts(config["contexts"]),
      currentContext: textOf(config["current-context"])
    }),
    catch: (cause) => new AccessError({ reason: "Incomplete", message: `the kubeconfig ${file} is incomplete: ${wordsOf(cause)}` })
  })
}

/** Several files as one. Source: Kubernetes, "Organizing Cluster Access Using kubeconfig Files": the first file to set a value wins. */
export const merge = (first: Kubeconfig, ...others: ReadonlyArray<Kubeconfig>): Kubeconfig => {
  const all = [first, ...others]
  const named = <A extends { readonly name: string }>(of: (config: Kubeconfig) => ReadonlyArray<A>): ReadonlyArray<A> => {
    const byName = new Map<string, A>()
    for (const entry of all.flatMap(of)) if (!byName.has(entry.name)) byName.set(entry.name, entry)
    return [...byName.values()]
  }
  return {
    source: all.map(({ source }) => source).join(", "),
    clusters: named(({ clusters }) => clusters),
    users: named(({ users }) => users),
    contexts: named(({ contexts }) => contexts),
    currentContext: all.map(({ currentContext }) => currentContext).find((context) => context !== undefined)
  }
}
