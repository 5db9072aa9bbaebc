import { pods as podResource } from "@branchline/core/model/Resource"
import { Effect } from "effect"
import type { World } from "@branchline/adapter-memory/World"
import * as Documents from "../../support/Documents.js"
import { database, type Looking, lookAt } from "../../support/Live.js"

/** Long enough for creation times, which are whole seconds, to differ, and for nodes to be ready. */
export const aWhile = Effect.sleep("40 seconds")

export const policyFirst = (world: World, groups: ReadonlyArray<string> = [database]) =>
  Effect.andThen(world.apply(Documents.policy("db", groups)), aWhile)

export const names = (prefix: string, count: number): ReadonlyArray<string> => Array.from({ length: count }, (_, index) => `${prefix}-${index}`)

/** Pods that all run. */
export const running = Effect.fnUntraced(function*(world: World, of: ReadonlyArray<string>) {
  for (const name of of) yield* world.apply(Documents.pod(name))
  for (const name of of) yield* world.waitForPhase(name, "Running")
})

export const remove = (world: World, name: string) => world.admin.delete(podResource, { namespace: "default", name }, { gracePeriodSeconds: 0 })

/** The world, seen with EC2's side of it. */
export const withAws = (world: World, looking: Looking = {}) => Effect.map(lookAt(world, { aws: true, ...looking }), (look) => ({ look, ...nodeOf(world) }))

/** The world, seen without AWS. */
export const withoutAws = (world: World, looking: Looking = {}) => Effect.map(lookAt(world, looking), (look) => ({ look, ...nodeOf(world) }))

const nodeOf = (world: World): { readonly node?: string } => {
  const [name] = world.nodes.keys()
  return name === undefined ? {} : { node: name }
}
