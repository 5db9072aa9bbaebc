import { ConfigProvider, Effect, type Scope } from "effect"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** A folder that is gone when the scope ends. */
export const folder: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "branchline-access-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** Writes a file into it, and tells its path. */
export const write = (at: string, name: string, text: string): string => {
  const file = join(at, name)
  writeFileSync(file, text)
  return file
}

/** A kubeconfig with one context, as JSON. */
export const kubeconfig = (server: string, user: object = {}, cluster: object = {}): string =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "there", cluster: { server, ...cluster } }],
    users: [{ name: "me", user }],
    contexts: [{ name: "test", context: { cluster: "there", user: "me" } }],
    "current-context": "test"
  })

/** With these environment variables, and no others. */
export const withEnvironment = (env: Readonly<Record<string, string>>) =>
  Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env: { ...env } }))
