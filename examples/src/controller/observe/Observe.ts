import * as Metrics from "@branchline/adapter-k8s/operations/Metrics"
import * as OperationsServer from "@branchline/adapter-k8s/operations/OperationsServer"
import { documentedRates, pace } from "@branchline/core/controller/Pacing"
import { goDuration } from "@branchline/core/controller/GoDuration"
import { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { Effect, type Scope } from "effect"
import * as Account from "../Account.js"
import type { Resolved } from "../config/Resolve.js"
import { controllerSettings, limitsTable } from "../ControllerSettings.js"
import { openCluster, patienceOf, placeOf, version } from "../Serve.js"
import { misconfigured, noServer, type Stopped } from "../Stopped.js"
import { together } from "../Together.js"
import { observer } from "./Observer.js"
import { readable } from "./Readable.js"
import { looksOf, readingsOf } from "./ReadOnly.js"
import { saying } from "./Saying.js"
import { watch } from "./Watched.js"

/** A summary is said so often, milliseconds. */
const summaryEvery = 10 * 60_000

/**
 * Says what the controller would do and where the cluster differs from what it should be, until it is interrupted. It has no way to write, to the API server or
 * to EC2: no Lease, no event, no tag; webhooks are not served. Fails where it cannot begin.
 */
export const observe = Effect.fnUntraced(function*(resolved: Resolved): Effect.fn.Return<never, Stopped, Scope.Scope> {
  const { configuration } = resolved
  if (configuration.backend !== "aws") {
    return yield* misconfigured([{ field: "--mode", message: "observing compares the cluster with EC2, and this EC2 is in memory", mend: "say --backend aws, or --dry-run for a look at the cluster alone" }])
  }
  const limits = yield* limitsTable(resolved)
  const metrics = yield* Metrics.make({ version })
  const patience = patienceOf(configuration)
  const cluster = Effect.gen(function*() {
    const { description, kubernetes } = yield* openCluster(configuration)
    yield* Effect.logInfo(`observing the cluster ${configuration.clusterName ?? ""} at ${description}: nothing is written, there or in EC2`)
    const readings = readingsOf(metrics.measureKubernetes(kubernetes))
    yield* readable(readings, patience)
    return readings
  })
  const [readings, account] = yield* together(cluster, Account.open(resolved, limits, patience))
  yield* Effect.logInfo(`EC2 is ${account.description}`)
  const ec2 = metrics.measureEc2(account.port)
  const looks = looksOf(configuration.ec2Pacing ? (yield* pace(ec2, documentedRates)).ec2 : ec2)

  const settings = controllerSettings(configuration)
  const says = saying({ json: configuration.json, metrics })
  const running: { hasLooked: Effect.Effect<boolean>; ending: boolean } = { hasLooked: Effect.succeed(false), ending: false }
  yield* OperationsServer.make({
    metrics: placeOf(configuration.metricsAddress),
    health: placeOf(configuration.healthAddress),
    of: metrics,
    version,
    sources: {},
    ready: [
      OperationsServer.whether("looked", Effect.suspend(() => running.hasLooked), "EC2 has not been read yet"),
      OperationsServer.whether("running", Effect.sync(() => !running.ending), "the process is ending")
    ]
  }).pipe(Effect.mapError(noServer))

  const watched = yield* Effect.provideService(watch(settings), Kubernetes, readings)
  yield* Effect.logInfo(`the cluster is known: ${[...watched.nodes.values()].length} nodes, ${[...watched.pods.values()].length} pods; EC2 is read every ${goDuration(configuration.lookEvery)}`)
  const { hasLooked, sum } = yield* observer({
    watched,
    ec2: looks,
    limits,
    settings,
    saying: says,
    lookEvery: configuration.lookEvery,
    summaryEvery,
    onDifferences: metrics.differ
  })
  running.hasLooked = hasLooked
  yield* Effect.addFinalizer(() => Effect.andThen(Effect.sync(() => void (running.ending = true)), sum))
  return yield* Effect.never
})
