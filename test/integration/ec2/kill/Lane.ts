import { podEni } from "@branchline/core/model/Names"
import type { ControllerProgram } from "../../support/Binaries.js"
import { eventually } from "../../support/Program.js"
import { branchOf, podDocument, podsPath, type SeenPod } from "../support/Pods.js"
import { offers, openWorld, type World, type WorldNode } from "../support/World.js"
import { ec2Gate, type Gate, kubernetesGate } from "./Gate.js"

/** A world in which a controller is killed and started again, as often as one likes. */
export interface Lane {
  readonly gates: { readonly Kubernetes: Gate; readonly EC2: Gate }
  /** A node with a pod that was served before anything was killed. */
  readonly home: WorldNode
  /** Starts a controller; the one before it has to be gone. */
  readonly start: () => Promise<void>
  /** Waits until the running controller knows the cluster. */
  readonly known: () => Promise<void>
  /** kill -9. */
  readonly kill: () => Promise<void>
  /** Ends it in good order. */
  readonly end: () => Promise<void>
  /** Nobody has ever led. */
  readonly forgetLease: () => Promise<void>
  readonly addNode: () => Promise<WorldNode>
  /** Waits until the node offers its branches. */
  readonly nodeServes: (node: WorldNode) => Promise<void>
  /** Creates a pod on the node; answers its name. */
  readonly createPod: (node: WorldNode) => Promise<string>
  /** Waits until the pod runs on a branch that EC2 has as the annotation says. */
  readonly podServed: (name: string) => Promise<void>
  readonly deletePods: () => Promise<void>
  /** Waits until EC2 has nothing but instances, and one trunk of each; fails with what else there is. */
  readonly allReleased: (within: number) => Promise<void>
  /** What EC2 has beyond instances, their trunks and the branches that living pods were promised. */
  readonly strays: () => Promise<ReadonlyArray<string>>
  /**
   * What happened that must not: seen by EC2, or by the nodes. A branch whose pod went while nobody was there is deleted as it is: only the pod's
   * annotation knew its association, which then ends with it (contract §6).
   */
  readonly wrong: () => Promise<ReadonlyArray<string>>
  readonly close: () => Promise<void>
}

// Pods of many kills come together on one node.
const instanceType = "m5.24xlarge"
const branchesOfNode = 107

const flags = [
  "--cooldown", "30s",
  // A restarted container has its pod's name, and with it its Lease. Renewals come often enough to be met.
  "--retry-period", "1s"
]

const straysOf = async (world: World): Promise<ReadonlyArray<string>> => {
  const { instances, interfaces } = await world.snapshot()
  const pods = await world.items<SeenPod>(podsPath)
  const promised = new Set(pods.map((pod) => branchOf(pod)?.eniId))
  const trunks = instances.map(({ attachments }) => attachments.find(({ type }) => type === "trunk")?.eniId)
  const primaries = instances.map(({ attachments }) => attachments.find(({ deviceIndex }) => deviceIndex === 0)?.eniId)
  const accounted = new Set([...trunks, ...primaries, ...promised])
  return interfaces.filter(({ eniId }) => !accounted.has(eniId)).map(({ description, eniId, status }) => `${eniId} ${description} ${status}`)
}

/** @param compiled a folder for what Node has compiled: most of a start is that, and a process that ends in good order leaves it there */
export const openLane = async (compiled: string): Promise<Lane> => {
  const world = await openWorld({ controllerManager: false, auditBodies: false, ec2: ["--attach-delay", "100ms"] })
  const gates = { Kubernetes: await kubernetesGate(world.plane), EC2: await ec2Gate(world.ec2.endpoint) }
  let controller: ControllerProgram | undefined
  let nodes = 0
  let pods = 0
  const start = async (): Promise<void> => {
    controller = await world.startController(flags, { server: gates.Kubernetes.url, ec2: gates.EC2.url, identity: "replica-0", env: { NODE_COMPILE_CACHE: compiled } })
  }
  const known = async (): Promise<void> => {
    await eventually("the controller knows the cluster", () => controller?.output().includes("the cluster is known") === true ? true : undefined)
  }
  const addNode = (): Promise<WorldNode> => world.addNode(++nodes, instanceType)
  const nodeServes: Lane["nodeServes"] = async ({ name }) => {
    await offers(world, name, branchesOfNode)
  }
  const close = async (): Promise<void> => {
    await world.close()
    await gates.Kubernetes.stop()
    await gates.EC2.stop()
  }
  try {
    await start()
    const home = await addNode()
    await nodeServes(home)
    const lane: Lane = {
      gates,
      home,
      start,
      known,
      kill: async () => {
        await controller?.stop("SIGKILL")
      },
      end: async () => {
        await controller?.stop("SIGTERM")
      },
      forgetLease: async () => {
        await world.admin.call("DELETE", "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/cp-vpc-resource-controller")
      },
      addNode,
      nodeServes,
      createPod: async ({ name: nodeName }) => {
        const name = `web-${++pods}`
        await world.admin.must("POST", podsPath, podDocument(name, nodeName))
        return name
      },
      podServed: async (name) => {
        const pod = await eventually(`${name} runs`, async () => {
          const seen = await world.one<SeenPod>(podsPath, name)
          return seen?.status.phase === "Running" ? seen : undefined
        }, 60_000)
        const promise = branchOf(pod)
        const { associations } = await world.snapshot()
        const association = associations.find(({ branchId }) => branchId === promise?.eniId)
        if (promise === undefined || association?.vlanId !== promise.vlanId) {
          throw new Error(`${name} runs with ${pod.metadata.annotations?.[podEni] ?? "no annotation"}, EC2 has ${JSON.stringify(association)}`)
        }
      },
      deletePods: async () => {
        await world.admin.must("DELETE", podsPath)
        await eventually("the pods are gone", async () => (await world.items(podsPath)).length === 0 ? true : undefined)
      },
      allReleased: async (within) => {
        await eventually("EC2 has nothing but trunks", async () => {
          const left = await straysOf(world)
          if (left.length > 0) throw new Error(left.join(", "))
          return true as const
        }, within)
      },
      strays: () => straysOf(world),
      wrong: async () => [
        ...(await world.run(world.ec2.control.observations)).filter(({ kind }) => kind !== "associated-branch-deleted").map(({ detail, kind }) => `EC2: ${kind}: ${detail}`),
        ...world.violations.map(({ kind, message }) => `node: ${kind}: ${message}`)
      ],
      close
    }
    // A start has something to find.
    await lane.podServed(await lane.createPod(home))
    return lane
  } catch (error) {
    await close()
    throw error
  }
}
