import { it } from "@effect/vitest"
import { Effect, Logger, Random, type Scope } from "effect"
import { type Change, reflect, type ReflectorOptions } from "../../src/controller/Reflector.js"
import { Kubernetes } from "../../src/ports/Kubernetes.js"
import { make, type ScriptedKubernetes, type Thing, things } from "./ScriptedKubernetes.js"

const brief = (change: Change<Thing>): string => {
  const { metadata: { name, uid }, value } = change.object
  return `${change._tag} ${name}/${uid}=${value}${change._tag === "Vanished" && !change.seen ? " unseen" : ""}`
}

/** A reflector over a scripted server, and what it told. */
export const watching = Effect.fnUntraced(function*(
  server: ScriptedKubernetes,
  options: Partial<ReflectorOptions<Thing>> = {}
) {
  const told: Array<string> = []
  const cache = yield* reflect(things, {
    ...options,
    onChange: (change) => {
      told.push(brief(change))
      return options.onChange?.(change) ?? Effect.void
    }
  }).pipe(Effect.provideService(Kubernetes, server.port))
  return {
    cache,
    /** What was told since the last look. */
    news: () => told.splice(0),
    values: () => Object.fromEntries([...cache.values()].map(({ metadata, value }) => [metadata.name, value]))
  }
})

/** A test over a scripted server, with seeded chance and without a log. */
export const test = (name: string, body: (server: ScriptedKubernetes) => Effect.Effect<void, never, Scope.Scope>) =>
  it.effect(name, () => body(make()).pipe(Random.withSeed(name), Effect.provide(Logger.layer([]))))
