import type { Document } from "@branchline/adapter-memory/kubernetes/Document"
import { simulate } from "@branchline/adapter-memory/simulation/Simulation"
import * as World from "@branchline/adapter-memory/World"
import type { Command } from "@branchline/core/allocation/Command"
import { defaults } from "@branchline/core/controller/Settings"
import { publishedLimits } from "@branchline/core/limits/Limits"
import { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { Cause, Effect, Exit, type Scope } from "effect"
import { observer, type Observer } from "../../../src/controller/observe/Observer.js"
import { looksOf, readingsOf } from "../../../src/controller/observe/ReadOnly.js"
import type { Saying, Standings } from "../../../src/controller/observe/Saying.js"
import { kindOfStep } from "../../../src/controller/observe/Steps.js"
import { watch } from "../../../src/controller/observe/Watched.js"
import type { Step } from "../../../src/controller/dry-run/Plan.js"

export const group = "sg-079157a483bcb371f"

export const policy: Document = {
  apiVersion: "vpcresources.k8s.aws/v1beta1",
  kind: "SecurityGroupPolicy",
  metadata: { name: "web", namespace: "default" },
  spec: { podSelector: { matchLabels: { app: "web" } }, securityGroups: { groupIds: [group] } }
}

export const pod = (name: string): Document => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "default", labels: { app: "web" } },
  spec: { containers: [{ name: "main", image: "amazon/aws-cli:2.7", imagePullPolicy: "IfNotPresent" }] }
})

/** What was said, a line each: `would CreateBranch default/web-1`. */
export interface Said {
  readonly lines: ReadonlyArray<string>
  readonly steps: ReadonlyArray<Step>
  readonly standings: () => Standings | undefined
}

const about = (step: Step): string => `${kindOfStep(step)} ${step._tag === "Branch" || step._tag === "Waits" ? step.pod : step._tag === "Trunk" ? step.node : step.write._tag === "Event" ? "" : step.write.key.name}`

const listening = (): { readonly said: Said; readonly saying: Saying } => {
  const lines: Array<string> = []
  const steps: Array<Step> = []
  let standings: Standings | undefined
  const say = (line: string) => Effect.sync(() => void lines.push(line))
  return {
    said: { lines, steps, standings: () => standings },
    saying: {
      would: ({ what }) => Effect.andThen(Effect.sync(() => void steps.push(what)), say(`would ${about(what)}`)),
      settled: ({ what }) => say(`settled ${about(what)}`),
      differs: ({ what }) => say(`differs ${what._tag} ${"pod" in what ? what.pod : "node" in what ? what.node : what.eniId}`),
      mended: ({ what }) => say(`mended ${what._tag} ${"pod" in what ? what.pod : "node" in what ? what.node : what.eniId}`),
      summary: (given) => Effect.sync(() => void (standings = given))
    }
  }
}

export const user = "observer"

/** Somebody who observes a world, with a name of its own in the API server's audit log. */
export const observing = Effect.fnUntraced(function*(world: World.World) {
  const { said, saying } = listening()
  const watched = yield* Effect.provideService(watch(defaults), Kubernetes, readingsOf(world.kubernetes.portFor(user)))
  const service: Observer = yield* observer({
    watched,
    ec2: looksOf(world.ec2.port),
    limits: publishedLimits,
    settings: { ...defaults, clusterName: "seed" },
    saying,
    lookEvery: 30_000,
    summaryEvery: 600_000,
    onDifferences: () => undefined
  })
  return { said, sum: service.sum }
})

/** Plays a story in a world of its own, in virtual time; `commands` are those of the controller's trunks, in order. */
export const play = <A, E>(
  options: World.WorldOptions,
  story: (world: World.World, commands: Array<Command>) => Effect.Effect<A, E, Scope.Scope>,
  seed: number
): A => {
  const commands: Array<Command> = []
  const observe = (_instance: string, _event: unknown, step: { readonly commands: ReadonlyArray<Command> }) => void commands.push(...step.commands)
  const made = World.make({ securityGroups: [group], ...options, controller: { observe } })
  const run = simulate(Effect.flatMap(made, (world) => story(world, commands)), { seed })
  if (Exit.isSuccess(run.exit)) return run.exit.value
  throw new Error(`seed ${seed}: ${Cause.pretty(run.exit.cause)}`, { cause: Cause.squash(run.exit.cause) })
}
