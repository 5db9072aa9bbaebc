import * as Controller from "@branchline/core/controller/Controller"
import { Ec2 } from "@branchline/core/ports/Ec2"
import { Kubernetes } from "@branchline/core/ports/Kubernetes"
import type { InstanceId } from "@branchline/core/model/Ids"
import { instanceIdOf } from "@branchline/core/model/Node"
import { Clock, Console, Effect, type Scope } from "effect"
import * as Account from "../Account.js"
import type { Resolved } from "../config/Resolve.js"
import { controllerSettings, limitsTable } from "../ControllerSettings.js"
import { preflight } from "../Preflight.js"
import { openCluster, patienceOf, version } from "../Serve.js"
import type { Stopped } from "../Stopped.js"
import { isStep, makePlan, stepJson, stepText, summary, tellingTrunks } from "./Plan.js"
import { recording } from "./Recording.js"

/** How long nothing more must be decided for the plan to be whole, milliseconds. */
const quiet = 1_000
/** A plan that is not whole by then is printed as far as it is. */
const most = 60_000

/**
 * Decides all that the controller would do to the cluster as it is, prints it, and ends. It reads the cluster and sends no write; EC2 is in memory, with
 * an instance for every node and nothing on it, whatever `--ec2-endpoint` says.
 */
export const dryRun = Effect.fnUntraced(function*(resolved: Resolved): Effect.fn.Return<void, Stopped, Scope.Scope> {
  const { configuration } = resolved
  const limits = yield* limitsTable(resolved)
  const { description, kubernetes } = yield* openCluster(configuration)
  yield* Effect.logInfo(`what would be done to ${description}; EC2 is in memory and has the nodes' instances, without interfaces of pods`)
  yield* preflight(kubernetes, configuration, patienceOf(configuration))
  const account = yield* Account.inMemory({ ...configuration, ec2Latency: 0, ec2Throttle: "off" }, limits)
  yield* Effect.provideService(Account.followNodes(account, configuration), Kubernetes, kubernetes)

  const plan = makePlan()
  let lastNews = yield* Clock.currentTimeMillis
  const clock = yield* Clock.Clock
  const note = (isNew: boolean): void => {
    if (isNew) lastNews = clock.currentTimeMillisUnsafe()
  }
  const running: { controller?: Controller.ControllerService } = {}
  const nodeOf = (instanceId: InstanceId): string => {
    for (const { metadata, spec } of running.controller?.knowledge.nodes.values() ?? []) {
      if (instanceIdOf(spec?.providerID ?? "") === instanceId) return metadata.name
    }
    return ""
  }
  const planning = recording(kubernetes, (write) => Effect.sync(() => note(plan.addUnsafe({ _tag: "Write", write }))))
  const ec2 = tellingTrunks(account.port, (call, instanceId) => {
    const id = instanceId ?? "" as InstanceId
    note(plan.addUnsafe({ _tag: "Trunk", node: nodeOf(id), instanceId: id, call }))
  })
  const controller = yield* Controller.make({ ...controllerSettings(configuration), rates: undefined }, {
    limits,
    version,
    observe: (instanceId, _event, step) => {
      for (const command of step.commands.filter(isStep)) note(plan.addUnsafe({ _tag: "Branch", node: nodeOf(instanceId), instanceId, command }))
    }
  }).pipe(Effect.provideService(Kubernetes, planning), Effect.provideService(Ec2, ec2))
  running.controller = controller
  yield* controller.known

  const began = yield* Clock.currentTimeMillis
  for (;;) {
    const { ready, running } = yield* controller.queue
    const waiting = Object.values(ready).reduce((sum, count) => sum + count, 0)
    const now = yield* Clock.currentTimeMillis
    if (running + waiting > 0) lastNews = now
    if (now - lastNews >= quiet) break
    if (now - began >= most) {
      yield* Effect.logWarning("there is still something to decide; this is the plan as far as it is")
      break
    }
    yield* Effect.sleep(50)
  }
  const steps = plan.steps()
  for (const step of steps) yield* Console.log(configuration.json ? stepJson(step) : stepText(step))
  if (!configuration.json) yield* Console.log(summary(steps))
})
