import { hostname } from "node:os"
import { join } from "node:path"
import * as ClusterAccess from "@branchline/adapter-k8s/access/ClusterAccess"
import { type FlowFigures, withFlow } from "@branchline/adapter-k8s/flow/Flow"
import * as K8sKubernetes from "@branchline/adapter-k8s/kubernetes/K8sKubernetes"
import { traceEc2 } from "@branchline/adapter-k8s/operations/Ec2Spans"
import * as Metrics from "@branchline/adapter-k8s/operations/Metrics"
import * as OperationsServer from "@branchline/adapter-k8s/operations/OperationsServer"
import * as SelfManagedTls from "@branchline/adapter-k8s/webhook/SelfManagedTls"
import * as TlsFiles from "@branchline/adapter-k8s/webhook/TlsFiles"
import * as WebhookServer from "@branchline/adapter-k8s/webhook/WebhookServer"
import * as Admitting from "@branchline/core/controller/Admitting"
import * as Controller from "@branchline/core/controller/Controller"
import { Notices } from "@branchline/core/controller/Notices"
import * as Election from "@branchline/core/leadership/Election"
import { uniqueIdentity } from "@branchline/core/leadership/ElectionSettings"
import type { Fence } from "@branchline/core/leadership/Fence"
import { Ec2 } from "@branchline/core/ports/Ec2"
import { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { Deferred, Duration, Effect, type Scope } from "effect"
import * as Account from "./Account.js"
import type { Address } from "./config/Kind.js"
import type { Resolved } from "./config/Resolve.js"
import type { Configuration } from "./config/Settings.js"
import { controllerSettings, limitsTable } from "./ControllerSettings.js"
import { preflight } from "./Preflight.js"
import { misconfigured, noAccess, noServer, noWebhook, type Stopped } from "./Stopped.js"
import { together } from "./Together.js"

export const version = "0.1.0"

/** All of the end has to fit into 5 seconds: the controller's work, the Lease, and beside them the webhooks. */
const ending = { drain: "2 seconds", release: "2 seconds", linger: Duration.seconds(1), finishing: Duration.seconds(3) } as const

/** Where a server is to be, where one is. */
export const placeOf = (address: Address | "off"): Address | undefined => address === "off" ? undefined : address

const isInPod = (): boolean => process.env["KUBERNETES_SERVICE_HOST"] !== undefined

/** How long to go on trying where no API server or EC2 answers, milliseconds: a pod has time, a person wants to know. */
export const patienceOf = ({ waitForCluster }: Configuration): number => waitForCluster ?? (isInPod() ? Infinity : 0)

/** The port to the cluster of the settings, and what to call that cluster. */
export const openCluster = Effect.fnUntraced(function*({ context, kubeconfig, requestTimeout }: Configuration) {
  const access = yield* Effect.mapError(ClusterAccess.load({ kubeconfig, context }), noAccess)
  return { kubernetes: K8sKubernetes.over(access, { requestTimeout }), description: access.description }
})

const openTls = (configuration: Configuration, kubernetes: Kubernetes["Service"]) => {
  const { webhookCertDir, webhookDnsNames, webhookNamespace, webhookSecret, webhookService } = configuration
  if (webhookCertDir !== undefined) return TlsFiles.make({ cert: join(webhookCertDir, "tls.crt"), key: join(webhookCertDir, "tls.key") })
  const service = `${webhookService}.${webhookNamespace}.svc`
  return SelfManagedTls.make({
    secret: { namespace: webhookNamespace, name: webhookSecret },
    names: [service, `${service}.cluster.local`, ...webhookDnsNames]
  }).pipe(Effect.provideService(Kubernetes, kubernetes))
}

/** What is told of a process while it runs; filled in as parts come and go. */
interface Running {
  controller: Controller.ControllerService | undefined
  flow: Effect.Effect<FlowFigures> | undefined
  webhook: WebhookServer.WebhookServer | undefined
  ending: boolean
}

/** What only the leader does, until its term ends; without an election there is no fence. */
const lead = Effect.fnUntraced(function*(
  { configuration, limits, account, adapter, admitting, metrics, running }: {
    readonly configuration: Configuration
    readonly limits: Effect.Success<ReturnType<typeof limitsTable>>
    readonly account: Account.Account
    /** The port with nothing that queues in front of it. */
    readonly adapter: Kubernetes["Service"]
    readonly admitting: Admitting.AdmittingService
    readonly metrics: Metrics.Metrics
    readonly running: Running
  },
  fence?: Fence
): Effect.fn.Return<never, Stopped, Scope.Scope> {
  const { burst, callsAtOnce, otlpEndpoint, qps } = configuration
  const flow = yield* withFlow(fence === undefined ? adapter : fence.kubernetes(adapter), { qps, burst, atOnce: callsAtOnce })
  running.flow = flow.figures
  const ec2 = metrics.measureEc2(otlpEndpoint === undefined ? account.port : traceEc2(account.port))
  yield* Effect.provideService(Account.followNodes(account), Kubernetes, flow.kubernetes)
  const controller = yield* Controller.make(controllerSettings(configuration), { admitting, limits, version, observe: metrics.observer() }).pipe(
    Effect.provideService(Notices, metrics.notice),
    Effect.provideService(Kubernetes, flow.kubernetes),
    Effect.provideService(Ec2, fence === undefined ? ec2 : fence.ec2(ec2))
  )
  yield* Effect.acquireRelease(
    Effect.sync(() => {
      running.controller = controller
      metrics.leads(true)
    }),
    () =>
      Effect.gen(function*() {
        metrics.leads(false)
        // Who may not write any more has nothing to finish.
        if (fence === undefined || (yield* fence.isOpen)) {
          const finished = yield* controller.drain(ending.drain)
          yield* Effect.logInfo(finished ? "all work that had begun is done" : "some work had to be left to the next leader")
        }
        running.controller = undefined
        running.flow = undefined
      })
  )
  yield* Effect.forkScoped(Effect.gen(function*() {
    yield* controller.known
    const { nodes, pods } = controller.knowledge
    yield* Effect.logInfo(`the cluster is known: ${[...nodes.values()].length} nodes, ${[...pods.values()].length} pods`)
  }))
  return yield* Effect.never
})

/** Runs the controller until it is interrupted. Fails where it cannot begin. */
export const serve = Effect.fnUntraced(function*(resolved: Resolved): Effect.fn.Return<never, Stopped, Scope.Scope> {
  const { configuration } = resolved
  const limits = yield* limitsTable(resolved)
  const patience = patienceOf(configuration)
  const cluster = Effect.gen(function*() {
    const { description, kubernetes } = yield* openCluster(configuration)
    yield* Effect.logInfo(`the cluster is ${configuration.clusterName ?? ""} at ${description}`)
    yield* preflight(kubernetes, configuration, patience)
    return kubernetes
  })
  const [kubernetes, account] = yield* together(cluster, Account.open(resolved, limits, patience))
  yield* Effect.logInfo(`EC2 is ${account.description}`)

  const metrics = yield* Metrics.make({ version })
  const adapter = metrics.measureKubernetes(kubernetes)
  const running: Running = { controller: undefined, flow: undefined, webhook: undefined, ending: false }
  const election = configuration.leaderElection
    ? yield* Election.make({
      identity: configuration.identity ?? (yield* uniqueIdentity(hostname())),
      lease: { namespace: configuration.leaseNamespace, name: configuration.leaseName },
      leaseDuration: configuration.leaseDuration,
      renewDeadline: configuration.renewDeadline,
      retryPeriod: configuration.retryPeriod,
      releaseWithin: ending.release
    }).pipe(
      Effect.provideService(Kubernetes, adapter),
      Effect.mapError(({ message }) => misconfigured([{ field: "leadership", message, mend: "correct it" }]))
    )
    : undefined

  const admitting = yield* Effect.provideService(Admitting.make(controllerSettings(configuration)), Kubernetes, adapter)
  yield* OperationsServer.make({
    metrics: placeOf(configuration.metricsAddress),
    health: placeOf(configuration.healthAddress),
    introspection: placeOf(configuration.introspectionAddress),
    of: metrics,
    version,
    sources: {
      controller: Effect.sync(() => running.controller),
      policies: Effect.sync(admitting.policies),
      ...(election === undefined ? {} : { leadership: election.state }),
      get flow() {
        return running.flow
      },
      get webhook() {
        return running.webhook?.figures
      }
    },
    ready: [
      OperationsServer.whether("policies", admitting.isReady, "the SecurityGroupPolicies are not known yet"),
      OperationsServer.whether("webhooks", Effect.sync(() => running.webhook !== undefined || configuration.webhookAddress === "off"), "the webhooks are not served yet"),
      OperationsServer.whether("running", Effect.sync(() => !running.ending), "the process is ending")
    ]
  }).pipe(
    Effect.mapError(noServer),
    Effect.tap(({ health, introspection, metrics }) =>
      Effect.logInfo(`ports: metrics ${metrics ?? "off"}, health ${health ?? "off"}, introspection ${introspection ?? "off"}`))
  )
  yield* Effect.addFinalizer(() => Effect.logInfo("the end"))

  const open = yield* Deferred.make<void>()
  const webhooks = Effect.gen(function*() {
    const address = placeOf(configuration.webhookAddress)
    if (address !== undefined) {
      const tls = yield* openTls(configuration, adapter)
      running.webhook = yield* WebhookServer.make({
        ...address,
        tls,
        admit: admitting.admit,
        ready: admitting.isReady,
        limits: { linger: ending.linger, finishing: ending.finishing },
        onAnswer: metrics.answered
      })
      yield* Effect.logInfo(`the webhooks are served at port ${running.webhook.port}`)
    }
    yield* Deferred.succeed(open, undefined)
    return yield* Effect.never
  }).pipe(Effect.mapError(noWebhook), Effect.scoped)

  const work = (fence?: Fence) =>
    Effect.annotateLogs(lead({ configuration, limits, account, adapter, admitting, metrics, running }, fence), { leader: true })
  const leading = Effect.gen(function*() {
    yield* Deferred.await(open)
    yield* Effect.forkScoped(Effect.andThen(admitting.ready, Effect.logInfo("the policies are known")))
    if (election === undefined) return yield* Effect.scoped(work())
    yield* Effect.logInfo(`waiting to lead: Lease ${configuration.leaseNamespace}/${configuration.leaseName}`)
    return yield* election.lead(({ fence }) => work(fence))
  })
  // The two end beside one another: webhooks go on for those who have not heard of the end, while the work is handed over.
  const [never] = yield* Effect.all([leading, webhooks], { concurrency: "unbounded" }).pipe(
    Effect.onInterrupt(() => Effect.sync(() => void (running.ending = true)))
  )
  return never
})
