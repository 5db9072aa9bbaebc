import * as Controller from "@branchline/core/controller/Controller"
import { Ec2 } from "@branchline/core/ports/Ec2"
import { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { podStory } from "@branchline/adapter-k8s/operations/introspection/Stories"
import { causeText } from "@branchline/core/explain/CauseText"
import { podEni } from "@branchline/core/model/Names"
import { instanceIdOf } from "@branchline/core/model/Node"
import { isTerminal, wantsBranch } from "@branchline/core/model/PodTraits"
import { Clock, Console, Effect, type Scope } from "effect"
import * as Account from "../Account.js"
import type { Resolved } from "../config/Resolve.js"
import { controllerSettings, limitsTable } from "../ControllerSettings.js"
import { preflight } from "../Preflight.js"
import { openCluster, patienceOf, version } from "../Serve.js"
import type { Stopped } from "../Stopped.js"
import { isStep, makePlan, type Step, stepDocument, stepText, summary, tellingTrunks } from "./Plan.js"
import { recording } from "./Recording.js"

/** How long nothing more must be decided for the plan to be whole, milliseconds. */
const quiet = 1_000
/** A plan that is not whole by then is printed as far as it is. */
const most = 60_000

/** The pods that ask for a branch, have none, and would be given none. */
const waiting = (knowledge: Controller.ControllerService["knowledge"], steps: ReadonlyArray<Step>, now: number): ReadonlyArray<Step> => {
  const served = new Set(steps.flatMap((step) => step._tag === "Write" && step.write._tag === "Patch" && step.write.kind === "Pod" ? [`${step.write.key.namespace ?? ""}/${step.write.key.name}`] : []))
  return [...knowledge.pods.values()].flatMap((pod): ReadonlyArray<Step> => {
    const { annotations, name, namespace } = pod.metadata
    const text = `${namespace}/${name}`
    if (!wantsBranch(pod) || isTerminal(pod) || annotations?.[podEni] !== undefined || served.has(text)) return []
    const story = podStory(knowledge, namespace, name, now)
    return story === undefined ? [] : [{ _tag: "Waits", pod: text, why: causeText(story.waitsFor.cause, now) }]
  })
}

/**
 * Decides all that the controller would do to the cluster as it is, prints it, and ends. It reads the cluster and sends no write; EC2 is in
 * memory, with an instance for every node and nothing on it, whatever the backend.
 */
export const dryRun = Effect.fnUntraced(function*(resolved: Resolved): Effect.fn.Return<void, Stopped, Scope.Scope> {
  const { configuration } = resolved
  const limits = yield* limitsTable(resolved)
  const { description, kubernetes } = yield* openCluster(configuration)
  yield* Effect.logInfo(`what would be done to ${description}; nothing is sent. EC2 is in memory, with an instance for every node: its ids and addresses are made up`)
  yield* preflight(kubernetes, configuration, patienceOf(configuration))
  const account = yield* Account.inMemory({ ...configuration, ec2Latency: 0, ec2Throttle: "off" }, limits, "dry run")
  yield* Effect.provideService(Account.followNodes(account), Kubernetes, kubernetes)

  const plan = makePlan()
  const clock = yield* Clock.Clock
  let lastNews = clock.currentTimeMillisUnsafe()
  const add = (step: Step): void => {
    if (plan.add(step)) lastNews = clock.currentTimeMillisUnsafe()
  }
  const running: { controller?: Controller.ControllerService } = {}
  const nodeOf = (instanceId: string): string => {
    for (const { metadata, spec } of running.controller?.knowledge.nodes.values() ?? []) {
      if (instanceIdOf(spec?.providerID ?? "") === instanceId) return metadata.name
    }
    return instanceId
  }
  const podOf = (key: string): string => {
    for (const { metadata } of running.controller?.knowledge.pods.values() ?? []) if (metadata.uid === key) return `${metadata.namespace}/${metadata.name}`
    return key
  }
  const controller = yield* Controller.make({ ...controllerSettings(configuration), rates: undefined }, {
    limits,
    version,
    observe: (instanceId, _event, { commands }) => {
      for (const command of commands.filter(isStep)) add({ _tag: "Branch", node: nodeOf(instanceId), pod: podOf(command.key), command })
    }
  }).pipe(
    Effect.provideService(Kubernetes, recording(kubernetes, (write) => Effect.sync(() => add({ _tag: "Write", write })))),
    Effect.provideService(Ec2, tellingTrunks(account.port, (call, instanceId) => add({ _tag: "Trunk", node: nodeOf(instanceId), call })))
  )
  running.controller = controller
  yield* controller.known

  const began = yield* Clock.currentTimeMillis
  for (;;) {
    const { ready, running: worked } = yield* controller.queue
    const due = Object.values(ready).reduce((sum, count) => sum + count, 0)
    const now = yield* Clock.currentTimeMillis
    if (worked + due > 0) lastNews = now
    if (now - lastNews >= quiet) break
    if (now - began >= most) {
      yield* Effect.logWarning("there is still something to decide; this is the plan as far as it is")
      break
    }
    yield* Effect.sleep(50)
  }
  const steps = [...plan.steps(), ...waiting(controller.knowledge, plan.steps(), yield* Clock.currentTimeMillis)]
  for (const step of steps) yield* Console.log(configuration.json ? JSON.stringify(stepDocument(step)) : stepText(step))
  if (!configuration.json) yield* Console.log(summary(steps))
})
