import * as K8sKubernetes from "@branchline/adapter-k8s/kubernetes/K8sKubernetes"
import * as SelfManagedTls from "@branchline/adapter-k8s/webhook/SelfManagedTls"
import * as WebhookServer from "@branchline/adapter-k8s/webhook/WebhookServer"
import { MemoryEc2 } from "@branchline/adapter-memory/ec2/MemoryEc2"
import * as Admitting from "@branchline/core/controller/Admitting"
import * as Controller from "@branchline/core/controller/Controller"
import { type ControllerSettings, defaults } from "@branchline/core/controller/Settings"
import * as Election from "@branchline/core/leadership/Election"
import type { SecurityGroupId } from "@branchline/core/model/Ids"
import { Ec2 } from "@branchline/core/ports/Ec2"
import { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { Cause, Effect, Exit, Logger } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Client, client } from "../support/Client.js"
import { administrator, type ControlPlane, startControlPlane } from "../support/ControlPlane.js"
import { eventually, freePorts } from "../support/Program.js"
import { applyWebhooks } from "../support/Webhooks.js"
import { build, only } from "./support/Deploy.js"
import { bury, live, settle } from "./support/Life.js"
import { isGranted, refusalOf, type Right, rightsOf, titleOf } from "./support/Rights.js"

const user = {
  name: "system:serviceaccount:kube-system:eks-vpc-resource-controller",
  groups: ["system:serviceaccounts", "system:serviceaccounts:kube-system"]
}
const group = "sg-01234567" as SecurityGroupId
const settings: ControllerSettings = {
  ...defaults,
  clusterName: "life",
  allocation: { ...defaults.allocation, cooldown: 100 },
  rates: undefined
}

const manifests = await build()
const rights = rightsOf(manifests)

let plane: ControlPlane
let admin: Client
let itself: Client
let kubeconfig: string
let webhookPort: number
let lives = 0

beforeAll(async () => {
  plane = await startControlPlane({ controllerManager: "garbagecollector,serviceaccount-controller" })
  admin = await client(plane, administrator)
  itself = await client(plane, user)
  kubeconfig = await plane.kubeconfig(user)
  ;[webhookPort = 0] = await freePorts(1)
  const kinds = ["ServiceAccount", "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding", "Secret"]
  await plane.kubectl(["apply", "--server-side", "-f", "-"], { input: only(manifests, kinds) })
  await applyWebhooks(plane, webhookPort)
  await settle(admin)
  await eventually("the account of pods", async () =>
    (await admin.call("GET", "/api/v1/namespaces/life/serviceaccounts/default")).status === 200 || undefined)
})
afterAll(async () => {
  await admin?.close()
  await itself?.close()
  await plane?.stop()
})

/** What the controller has said to people: its log, its events, its webhook's answers, why it did not start. */
interface Said {
  readonly where: string
  readonly text: string
}

interface Life {
  readonly said: ReadonlyArray<Said>
  /** Why it did not come to its end; undefined where it did. */
  readonly ended: unknown
}

/** The controller as it runs in a pod, but for EC2, which is in memory and new with each life. */
const controller = Effect.fnUntraced(function*(ec2: MemoryEc2["Service"], say: (said: Said) => void) {
  const kubernetes = yield* K8sKubernetes.make({ access: { kubeconfig } })
  const admitting = yield* Effect.provideService(Admitting.make(settings), Kubernetes, kubernetes)
  const tls = yield* SelfManagedTls.make({
    secret: { namespace: "kube-system", name: "vpc-resource-webhook-tls" },
    names: ["127.0.0.1"]
  }).pipe(
    Effect.provideService(Kubernetes, kubernetes),
    Effect.tapError(({ message }) => Effect.sync(() => say({ where: "start", text: message })))
  )
  yield* WebhookServer.make({ host: "127.0.0.1", port: webhookPort, tls, admit: admitting.admit, ready: admitting.isReady })
  yield* Effect.forkScoped(
    Election.lead({ identity: "one", retryPeriod: "200 millis", renewDeadline: "10 seconds", leaseDuration: "15 seconds" }, ({ fence }) =>
      Controller.make(settings, { admitting }).pipe(
        Effect.provideService(Kubernetes, fence.kubernetes(kubernetes)),
        Effect.provideService(Ec2, fence.ec2(ec2.port)),
        Effect.andThen(Effect.never)
      )).pipe(Effect.provideService(Kubernetes, kubernetes))
  )
  return admitting
})

const eventsOf = async (name: string): Promise<ReadonlyArray<Said>> => {
  const { items } = (await admin.must("GET", `/api/v1/events?fieldSelector=involvedObject.name=${name}`)) as {
    readonly items: ReadonlyArray<{ readonly reason: string; readonly message: string }>
  }
  return items.map(({ message, reason }) => ({ where: `event ${reason}`, text: message }))
}

/** A life until it is over, or until something that it says is what was waited for. */
const lead = async (awaited: (said: Said) => boolean = () => false): Promise<Life> => {
  const name = `life-${++lives}`
  const said: Array<Said> = []
  let heard = false
  const say = (one: Said): void => {
    said.push(one)
    if (awaited(one)) heard = true
  }
  const logger = Logger.make(({ logLevel, message }) => {
    const [first = "", ...rest] = Array.isArray(message) ? message.map(String) : [String(message)]
    say({ where: `${logLevel.toLowerCase()}: ${first.split(":")[0]}`, text: [first, ...rest].join(": ") })
  })
  const whole = Effect.gen(function*() {
    const ec2 = yield* MemoryEc2.make()
    const subnet = yield* ec2.control.addSubnet({ cidr: "192.168.0.0/19", zone: "eu-west-1a" })
    yield* ec2.control.addSecurityGroup({ groupId: group })
    const { instanceId } = yield* ec2.control.launchInstance({ type: "m5.large", subnetId: subnet.subnetId })
    const admitting = yield* controller(ec2, say)
    const seen = new Set<string>()
    const told = async () => {
      for (const event of await eventsOf(name)) {
        if (!seen.has(event.text)) say(event)
        seen.add(event.text)
      }
      return heard
    }
    yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.promise(told), Effect.sleep("200 millis"))))
    yield* Effect.tryPromise({
      try: () =>
        live({
          admin,
          ec2,
          instanceId,
          name,
          goesOn: () => !heard,
          admit: (path, body) => Effect.runPromise(admitting.admit({ path, body })),
          say: (text) => say({ where: "the webhook's answer", text })
        }),
      catch: (error) => error
    })
  })
  const exit = await Effect.runPromise(Effect.exit(Effect.scoped(whole)).pipe(Effect.provide(Logger.layer([logger]))))
  const lease = await admin.call("GET", "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/cp-vpc-resource-controller")
  const holder = (lease.body["spec"] as { readonly holderIdentity?: string } | undefined)?.holderIdentity
  await bury(admin, name)
  if (Exit.isFailure(exit)) return { said, ended: Cause.squash(exit.cause) }
  return { said, ended: holder ? `the lease was not released by ${holder}` : undefined }
}

const isRefusal = ({ text }: Said): boolean => text.includes(user.name) && text.includes(" cannot ")

/** The requests of the controller that the authorizer refused. */
const refusedRequests = () =>
  plane.audit().filter(({ responseStatus, user: by }) =>
    (responseStatus as { readonly code?: number } | undefined)?.code === 403 && (by as { readonly username: string }).username === user.name)

describe("with the rights of deploy/base", () => {
  it("the controller does all that it does, and is refused nothing", async () => {
    const { ended, said } = await lead()
    expect(ended, JSON.stringify(said, undefined, 1)).toBeUndefined()
    expect(said.filter(isRefusal)).toEqual([])
    expect(refusedRequests()).toEqual([])
  })
})

describe("without one of them, the controller says what it lacks", () => {
  const table: Array<readonly [string, string, string]> = []

  const set = async (right: Right, rules: Right["rules"], granted: boolean) => {
    await admin.must("PATCH", right.path, { rules })
    await eventually("the authorizer knows", async () => (await isGranted(itself, right)) === granted || undefined)
  }

  it.each(rights.map((right) => [titleOf(right), right] as const))("%s", async (title, right) => {
    const names = (said: Said) => said.text.includes(refusalOf(right))
    await set(right, right.without, false)
    try {
      const { said } = await lead(names)
      const failures = said.filter(names)
      expect(failures.length, JSON.stringify(said, undefined, 1)).toBeGreaterThan(0)
      // Nothing else is refused: the right stands for itself.
      expect(said.filter(isRefusal).filter((one) => !names(one))).toEqual([])
      table.push([title, failures[0]?.where ?? "", refusalOf(right)])
    } finally {
      await set(right, right.rules, true)
    }
  })

  it("with all of them again, it does all again, and is refused nothing more", async () => {
    expect(table).toHaveLength(rights.length)
    const before = refusedRequests().length
    expect(before).toBeGreaterThan(0)
    const { ended, said } = await lead()
    expect(ended, JSON.stringify(said, undefined, 1)).toBeUndefined()
    expect(refusedRequests()).toHaveLength(before)
    console.log(table.map(([title, where, text]) => `${title.padEnd(90)} ${where}: ${text}`).join("\n"))
  })
})
