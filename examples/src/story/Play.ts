import { Cause, Clock, Effect, Exit, Result } from "effect"
import { type Document, nameOf, namespaceOf, textAt, uidOf } from "@branchline/adapter-memory/kubernetes/Document"
import { simulate } from "@branchline/adapter-memory/simulation/Simulation"
import * as World from "@branchline/adapter-memory/World"
import { defaults } from "@branchline/core/controller/Settings"
import { podEni } from "@branchline/core/model/Names"
import { eniConfigs, pods as podResource, securityGroupPolicies } from "@branchline/core/model/Resource"
import type { KubernetesError } from "@branchline/core/ports/KubernetesError"
import { BadInput, badInput } from "./BadInput.js"
import * as Explanations from "./Explanations.js"
import type { Stage } from "./manifests/Kinds.js"
import type { Manifest } from "./manifests/Manifest.js"
import type { Recording } from "./Recording.js"
import { expectedPods, nodeEniConfig, nodeSubnet, otherSubnets, securityGroups, type Story } from "./Story.js"

/** A person's pauses: `kubectl apply` sends one document after the other, and between two of its runs somebody types. */
const pauses = { documents: "100 millis", commands: "2 seconds" } as const

/** So long that the first sandbox comes before the annotation and the second after it, as in the seed's record. */
const ec2Latency = "300 millis"
const apiLatency = { min: "1 millis", max: "6 millis" } as const

/** How long to wait for the nodes' capacity before the policies are applied all the same. */
const patience = 60_000
/** Nothing changed for so long, and nobody waits: all is quiet. */
const quiet = 5_000
const mostWatch = 180_000
const look = 250

/** As the event ControllerVersionNotice names it. */
const version = "0.1.0"

const refused = ({ document, kind, source }: Manifest) => (error: KubernetesError): BadInput =>
  badInput({
    file: source.file,
    line: source.lineOf(["kind"]),
    message: `the API server refuses ${kind.kind} ${namespaceOf(document) ?? "default"}/${nameOf(document)}: ${error.message}`,
    mend: "mend the document as the message says"
  })

const allPods = (world: World.World) => Effect.map(Effect.orDie(world.admin.list(podResource)), ({ items }) => items)

const phaseOf = (pod: Document): string => textAt(pod, "status", "phase") ?? "Pending"

/** Watches until every pod that is to be there runs or is over and nothing has changed for a while. */
const settle = Effect.fnUntraced(function*(world: World.World, expected: number, most: number) {
  let last = ""
  let since = 0
  for (let waited = 0; waited < most; waited += look, since += look) {
    const pods = yield* allPods(world)
    const state = pods.map((pod) => `${uidOf(pod)} ${phaseOf(pod)} ${textAt(pod, "metadata", "deletionTimestamp") ?? ""}`).join()
    if (state !== last) since = 0
    last = state
    if (since >= quiet && pods.length >= expected && pods.every((pod) => phaseOf(pod) !== "Pending")) return
    yield* Effect.sleep(look)
  }
})

const capacityEverywhere = Effect.fnUntraced(function*(world: World.World) {
  for (let waited = 0; waited < patience; waited += look) {
    const nodes = yield* Effect.forEach(world.nodes.keys(), world.node)
    if (nodes.every((node) => node !== undefined && (textAt(node, "status", "allocatable", podEni) ?? "0") !== "0")) return
    yield* Effect.sleep(look)
  }
})

const worldOf = (story: Story) =>
  World.make({
    nodes: 0,
    instanceType: story.instanceType,
    subnets: [nodeSubnet, ...otherSubnets(story)],
    securityGroups: securityGroups(story),
    bystanders: true,
    ec2: { latency: ec2Latency },
    kubernetes: { latency: apiLatency },
    controller: { version },
    settings: {
      annotationForm: story.annotationForm,
      allocation: { ...defaults.allocation, cooldown: story.cooldown }
    }
  })

const record = Effect.fnUntraced(function*(world: World.World) {
  yield* world.inspectLinks
  const pods = yield* allPods(world)
  const events = yield* world.events()
  const view: Explanations.View = {
    knowledge: world.controller().knowledge,
    pods,
    policies: (yield* Effect.orDie(world.admin.list(securityGroupPolicies))).items,
    eniConfigs: (yield* Effect.orDie(world.admin.list(eniConfigs))).items.flatMap((item) =>
      Result.match(eniConfigs.decode(item), { onFailure: () => [], onSuccess: (decoded) => [decoded] })
    ),
    events,
    now: yield* Clock.currentTimeMillis
  }
  return {
    pods,
    nodes: (yield* Effect.forEach(world.nodes.keys(), world.node)).filter((node) => node !== undefined),
    events,
    audit: yield* world.kubernetes.audit.events,
    calls: yield* world.ec2.calls,
    podStories: Explanations.podStories(view),
    nodeStories: Explanations.nodeStories(view),
    policyStories: Explanations.policyStories(view),
    violations: [...world.violations]
  }
})

const keyOf = (name: string): { readonly namespace: string; readonly name: string } => {
  const slash = name.indexOf("/")
  return slash < 0 ? { namespace: "default", name } : { namespace: name.slice(0, slash), name: name.slice(slash + 1) }
}

/** The story in virtual time: cluster, nodes, trunks, policies, pods. */
const program = Effect.fnUntraced(function*(story: Story) {
  const startedAt = yield* Clock.currentTimeMillis
  const world = yield* worldOf(story)
  const kubectl = world.kubernetes.server.as(world.admin.user, "kubectl/v1.22.12 (linux/amd64)")
  const apply = (stage: Stage) =>
    Effect.forEach(story.manifests.filter(({ kind }) => kind.stage === stage), (manifest) =>
      kubectl.apply(manifest.document).pipe(
        Effect.mapError(refused(manifest)),
        Effect.andThen(Effect.sleep(pauses.documents))
      ), { discard: true })
  const settled = settle(world, expectedPods(story), mostWatch)
  const watch = story.watch === undefined ? settled : Effect.sleep(story.watch)

  yield* Effect.sleep("1 second")
  yield* apply("ground")
  const eniConfig = nodeEniConfig(story)
  for (let index = 0; index < story.nodes; index++) yield* world.addNode(eniConfig === undefined ? {} : { eniConfig })
  yield* capacityEverywhere(world)
  yield* Effect.sleep(pauses.commands)
  yield* apply("policies")
  yield* Effect.sleep(pauses.commands)
  yield* apply("pods")
  if (story.deletions.length > 0) {
    yield* settled
    yield* Effect.forEach(story.deletions, (name) =>
      Effect.mapError(kubectl.delete(podResource, keyOf(name)), () =>
        badInput({ message: `--delete ${name}: there is no such pod`, mend: "name a pod of the manifests" })), { discard: true })
  }
  yield* watch
  return { startedAt, endedAt: yield* Clock.currentTimeMillis, ...yield* record(world) }
})

/** Plays a story, to its end, and gives what it left behind; virtual time costs none of the reader's. Fails with `BadInput`. */
export const play = (story: Story): Effect.Effect<Recording, BadInput> =>
  Effect.suspend(() => {
    const run = simulate(program(story), { seed: story.seed })
    if (Exit.isSuccess(run.exit)) return Effect.succeed({ ...run.exit.value, journal: run.journal })
    const failure = Cause.findError(run.exit.cause)
    return Result.isSuccess(failure) && failure.success instanceof BadInput ? Effect.fail(failure.success) : Effect.die(Cause.squash(run.exit.cause))
  })
