import { describe, expect, it } from "vitest"
import { Duration, Effect, Exit, type Scope } from "effect"
import { podEni } from "@branchline/core/model/Names"
import * as Cluster from "../../src/Cluster.js"
import { objectAt, textAt } from "../../src/kubernetes/Document.js"
import { simulate } from "../../src/simulation/Simulation.js"
import { advance, eventually } from "../../src/simulation/Waiting.js"
import * as Stub from "./StubController.js"

/** Runs a story in a cluster of its own, and answers what it answers; a failure fails the test with its cause. */
const inCluster = <A, E>(
  options: Cluster.ClusterOptions & { readonly stub?: Stub.StubOptions; readonly seed?: number },
  story: (cluster: Cluster.Cluster) => Effect.Effect<A, E, Scope.Scope>
): A => {
  const program = Effect.gen(function*() {
    const cluster = yield* Cluster.make(options)
    yield* Effect.provide(Stub.run(options.stub), cluster.ports)
    return yield* story(cluster)
  })
  const run = simulate(program, { seed: options.seed ?? 1 })
  expect(run.exit).toMatchObject({ _tag: "Success" })
  return Exit.isSuccess(run.exit) ? run.exit.value : expect.unreachable()
}

const pod = (name: string, change: { readonly metadata?: object; readonly spec?: object } = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "default", ...change.metadata },
  spec: {
    containers: [{ name: "main", image: "amazon/aws-cli:latest", imagePullPolicy: "IfNotPresent", resources: { limits: { [podEni]: "1" } } }],
    ...change.spec
  }
})

const allocatable = (cluster: Cluster.Cluster, nodeName: string) =>
  Effect.map(cluster.node(nodeName), (node) => textAt(node ?? {}, "status", "allocatable", podEni))

const ready = (cluster: Cluster.Cluster) =>
  Effect.forEach([...cluster.nodes.keys()], (name) =>
    eventually(`${name} offers branches`, Effect.map(allocatable(cluster, name), (value) => value === "9" ? true : undefined)))

describe("a cluster by one call", () => {
  it("nodes are named after their addresses, with label, provider id and readiness", () => {
    const node = inCluster({ nodes: 3, instanceType: "m5.xlarge" }, (cluster) =>
      Effect.gen(function*() {
        expect([...cluster.nodes.keys()]).toHaveLength(3)
        const [first] = cluster.nodes.values()
        expect(first!.nodeName).toMatch(/^ip-192-168-\d+-\d+\.eu-west-1\.compute\.internal$/)
        return { document: yield* cluster.node(first!.nodeName), instanceId: first!.instanceId }
      }))
    expect(node.document).toMatchObject({
      metadata: { labels: { "kubernetes.io/os": "linux", "node.kubernetes.io/instance-type": "m5.xlarge", "topology.kubernetes.io/zone": "eu-west-1a" } },
      spec: { providerID: `aws:///eu-west-1a/${node.instanceId}` },
      status: { conditions: [{ type: "Ready", status: "True" }] }
    })
  })

  it("an unknown instance type fails", () => {
    const run = simulate(Cluster.make({ instanceType: "m5.lrage" }))
    expect(run.exit).toMatchObject({ _tag: "Failure" })
    expect(String(run.exit)).toContain("m5.lrage")
  })

  it("the same seed gives the same journal and the same EC2 calls, another seed others", () => {
    const story = (seed: number) => {
      const run = simulate(
        Effect.gen(function*() {
          const cluster = yield* Cluster.make({ nodes: 3, ec2: { latency: { min: "50 millis", max: "300 millis" } } })
          yield* Effect.provide(Stub.run(), cluster.ports)
          yield* ready(cluster)
          for (const name of ["a", "b", "c", "d", "e"]) yield* cluster.apply(pod(name))
          for (const name of ["a", "b", "c", "d", "e"]) yield* cluster.waitForPhase(name, "Running")
          return JSON.stringify([yield* cluster.pods(), yield* cluster.events(), yield* cluster.ec2.calls])
        }),
        { seed }
      )
      expect(Exit.isSuccess(run.exit)).toBe(true)
      return [run.journal.join("\n"), run.exit]
    }
    expect(story(3)).toEqual(story(3))
    expect(story(3)).not.toEqual(story(4))
  })
})

describe("a pod's way to Running", () => {
  it("is told in the record's events and words", () => {
    const { events, document } = inCluster({ ec2: { latency: "300 millis" } }, (cluster) =>
      Effect.gen(function*() {
        yield* ready(cluster)
        yield* cluster.apply(pod("aws-cli"))
        const document = yield* cluster.waitForPhase("aws-cli", "Running")
        expect(cluster.violations).toEqual([])
        return { events: yield* cluster.events("aws-cli"), document, node: [...cluster.nodes.keys()][0] }
      }))
    const told = events.map(({ message, reason, source, type }) => [type, reason, source?.component, message] as const)
    const nodeName = textAt(document, "spec", "nodeName")
    expect(told[0]).toEqual(["Normal", "Scheduled", "default-scheduler", `Successfully assigned default/aws-cli to ${nodeName}`])
    expect(told[1]![1]).toBe("FailedCreatePodSandBox")
    expect(told[1]![3]).toMatch(
      /^Failed to create pod sandbox: rpc error: code = Unknown desc = failed to set up sandbox container "[0-9a-f]{64}" network for pod "aws-cli": networkPlugin cni failed to set up pod "aws-cli_default" network: add cmd: failed to assign an IP address to container$/
    )
    const rest = told.filter(([, reason]) => reason !== "Scheduled" && reason !== "FailedCreatePodSandBox" && reason !== "SandboxChanged")
    expect(rest.map(([type, reason, component]) => [type, reason, component])).toEqual(
      ["Pulling", "Pulled", "Created", "Started"].map((reason) => ["Normal", reason, "kubelet"])
    )
    expect(rest[0]![3]).toBe("Pulling image \"amazon/aws-cli:latest\"")
    expect(rest[1]![3]).toMatch(/^Successfully pulled image "amazon\/aws-cli:latest" in \d+\.\d{1,6}s$/)
    expect(rest.slice(2).map(([, , , message]) => message)).toEqual(["Created container main", "Started container main"])
    expect(told.filter(([, reason]) => reason === "SandboxChanged").map(([, , , message]) => message)).toContain(
      "Pod sandbox changed, it will be killed and re-created."
    )
    expect(textAt(document, "status", "podIP")).toMatch(/^192\.168\./)
    expect(objectAt(document, "status")["conditions"]).toMatchObject(
      ["Initialized", "Ready", "ContainersReady", "PodScheduled"].map((type) => ({ type, status: "True" }))
    )
  })

  it("a pod without a branch gets an ordinary address, a hostNetwork pod the node's", () => {
    const addresses = inCluster({}, (cluster) =>
      Effect.gen(function*() {
        const containers = [{ name: "main", image: "nginx:1.23" }]
        yield* cluster.apply(pod("plain", { spec: { containers } }))
        yield* cluster.apply(pod("host", { spec: { containers, hostNetwork: true } }))
        const running = yield* Effect.forEach(["plain", "host"], (name) => cluster.waitForPhase(name, "Running"))
        return running.map((document) => textAt(document, "status", "podIP"))
      }))
    expect(addresses[0]).toMatch(/^100\.64\./)
    expect(addresses[1]).toMatch(/^192\.168\./)
  })

  it("the tenth pod of an m5.large waits with a reason, and takes the place of one that is deleted", () => {
    const names = Array.from({ length: 10 }, (_, index) => `pod-${index}`)
    inCluster({}, (cluster) =>
      Effect.gen(function*() {
        yield* ready(cluster)
        for (const name of names) yield* cluster.apply(pod(name))
        for (const name of names.slice(0, 9)) yield* cluster.waitForPhase(name, "Running")
        expect(yield* cluster.podPhase("pod-9")).toBe("Pending")
        const message = "0/1 nodes are available: 1 Insufficient vpc.amazonaws.com/pod-eni. " +
          "preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod."
        const events = (yield* cluster.events("pod-9")).map(({ message, reason, type }) => ({ message, reason, type }))
        expect(events).toEqual([{ type: "Warning", reason: "FailedScheduling", message }])
        expect(objectAt((yield* cluster.pod("pod-9"))!, "status")["conditions"]).toMatchObject([
          { type: "PodScheduled", status: "False", reason: "Unschedulable", message }
        ])
        yield* cluster.admin.delete(podPlace, { namespace: "default", name: "pod-3" })
        yield* eventually(
          "the tenth pod is bound",
          Effect.map(cluster.pod("pod-9"), (found) => textAt(found ?? {}, "spec", "nodeName"))
        )
      }))
  })

  it("pods spread over the nodes", () => {
    inCluster({ nodes: 3 }, (cluster) =>
      Effect.gen(function*() {
        yield* ready(cluster)
        for (let index = 0; index < 27; index++) yield* cluster.apply(pod(`pod-${index}`))
        for (let index = 0; index < 27; index++) yield* cluster.waitForPhase(`pod-${index}`, "Running")
        for (const { kubelet } of cluster.nodes.values()) expect(kubelet.plugin.links.size).toBe(9)
        expect(cluster.violations).toEqual([])
      }))
  })
})

const podPlace = { group: "", version: "v1", kind: "Pod", plural: "pods", namespaced: true }
const nodePlace = { group: "", version: "v1", kind: "Node", plural: "nodes", namespaced: false }

describe("a pod's end", () => {
  it("by deletion: network until the containers have stopped, then DEL, then the object goes", () => {
    inCluster({ timings: { containerStop: { min: "20 seconds", max: "20 seconds" } } }, (cluster) =>
      Effect.gen(function*() {
        yield* ready(cluster)
        yield* cluster.apply(pod("a"))
        yield* cluster.waitForPhase("a", "Running")
        const [node] = cluster.nodes.values()
        yield* cluster.admin.delete(podPlace, { namespace: "default", name: "a" })
        yield* advance("19 seconds")
        expect(node!.kubelet.plugin.links.size).toBe(1)
        expect(textAt((yield* cluster.pod("a"))!, "metadata", "deletionTimestamp")).toBeDefined()
        yield* advance("3 seconds")
        expect(node!.kubelet.plugin.links.size).toBe(0)
        expect(yield* cluster.pod("a")).toBeUndefined()
        expect((yield* cluster.events("a")).at(-1)).toMatchObject({ reason: "Killing", message: "Stopping container main" })
        expect(cluster.violations).toEqual([])
      }))
  })

  it("while it waits for its network: it goes at once", () => {
    inCluster({ asks: "never" }, (cluster) =>
      Effect.gen(function*() {
        const [nodeName] = cluster.nodes.keys()
        yield* cluster.admin.patch(nodePlace, { name: nodeName! }, {
          _tag: "merge",
          patch: { status: { capacity: { [podEni]: "9" } } }
        }, { subresource: "status" })
        yield* cluster.apply(pod("a"))
        yield* eventually("a sandbox fails", Effect.map(cluster.events("a"), (events) => events.find(({ reason }) => reason === "FailedCreatePodSandBox")))
        yield* cluster.admin.delete(podPlace, { namespace: "default", name: "a" })
        yield* cluster.waitUntilGone("a", { within: "2 seconds" })
      }))
  })

  it("by itself: Succeeded first, and its network goes soon after", () => {
    inCluster({}, (cluster) =>
      Effect.gen(function*() {
        yield* ready(cluster)
        yield* cluster.apply(pod("a", {
          metadata: { annotations: { "simulation.branchline/run-for": "30" } },
          spec: { restartPolicy: "Never" }
        }))
        yield* cluster.waitForPhase("a", "Running")
        yield* cluster.waitForPhase("a", "Succeeded", { within: "31 seconds" })
        const [node] = cluster.nodes.values()
        yield* advance("1 second")
        expect(node!.kubelet.plugin.links.size).toBe(0)
        yield* cluster.admin.delete(podPlace, { namespace: "default", name: "a" })
        yield* cluster.waitUntilGone("a", { within: "1 second" })
        expect(cluster.violations).toEqual([])
      }))
  })
})

describe("violations are seen", () => {
  const kindsAfter = (stub: Stub.StubOptions) => (story: (cluster: Cluster.Cluster) => Effect.Effect<void, unknown, Scope.Scope>) =>
    inCluster({ stub, timings: { containerStop: { min: "20 seconds", max: "20 seconds" } } }, (cluster) =>
      Effect.gen(function*() {
        yield* ready(cluster)
        yield* cluster.apply(pod("a"))
        yield* cluster.waitForPhase("a", "Running")
        yield* story(cluster)
        return cluster.violations.map(({ kind }) => kind)
      }))

  it("a branch deleted at the deletionTimestamp, not at the end", () => {
    const kinds = kindsAfter({})((cluster) =>
      Effect.gen(function*() {
        const [link] = [...cluster.nodes.values()][0]!.kubelet.plugin.links.values()
        yield* cluster.admin.delete(podPlace, { namespace: "default", name: "a" })
        yield* cluster.ec2.port.deleteInterface(link!.eniId)
        yield* cluster.waitUntilGone("a")
      }))
    expect(kinds).toEqual(["branch taken away"])
  })

  it("a VLAN id used again before the node has torn down the old link", () => {
    const kinds = kindsAfter({ vlanOf: () => 1, deleteAfter: 0 })((cluster) =>
      Effect.gen(function*() {
        // A force deletion: the object is gone at once, the containers end when kubelet hears of it.
        yield* cluster.admin.delete(podPlace, { namespace: "default", name: "a" }, { gracePeriodSeconds: 0 })
        yield* advance("1 second")
        yield* cluster.apply(pod("b"))
        yield* cluster.waitForPhase("b", "Running")
        yield* advance("1 minute")
      }))
    expect(kinds).toContain("vlan wired twice")
    expect(kinds).toContain("link torn down by a late DEL")
  })

  it("inspectLinks tells of running pods too", () => {
    const kinds = kindsAfter({})((cluster) =>
      Effect.gen(function*() {
        yield* cluster.inspectLinks
        expect(cluster.violations).toEqual([])
        const [link] = [...cluster.nodes.values()][0]!.kubelet.plugin.links.values()
        yield* cluster.ec2.control.deleteInterfaceByHand(link!.eniId)
        yield* cluster.inspectLinks
      }))
    expect(kinds).toEqual(["branch taken away"])
  })
})

describe("nodes", () => {
  it("kubelet that registers again forgets the capacity; after the next patch pods find room again", () => {
    inCluster({}, (cluster) =>
      Effect.gen(function*() {
        yield* ready(cluster)
        const [node] = cluster.nodes.values()
        yield* node!.kubelet.register
        expect(yield* allocatable(cluster, node!.nodeName)).toBe("0")
        yield* ready(cluster)
      }))
  })

  it("a Node deleted while its instance lives comes back as a new Node of the same instance", () => {
    inCluster({}, (cluster) =>
      Effect.gen(function*() {
        yield* ready(cluster)
        const [node] = cluster.nodes.values()
        const before = (yield* cluster.node(node!.nodeName))!
        yield* cluster.admin.delete(nodePlace, { name: node!.nodeName })
        expect(yield* cluster.node(node!.nodeName)).toBeUndefined()
        yield* node!.kubelet.register
        const after = (yield* cluster.node(node!.nodeName))!
        expect(textAt(after, "metadata", "uid")).not.toBe(textAt(before, "metadata", "uid"))
        expect(textAt(after, "spec", "providerID")).toBe(textAt(before, "spec", "providerID"))
        expect(textAt(after, "status", "capacity", podEni)).toBeUndefined()
      }))
  })

  it("an instance replaced under the same name: new instance, new Node, the old one's pods gone", () => {
    inCluster({ nodes: 2 }, (cluster) =>
      Effect.gen(function*() {
        yield* ready(cluster)
        const [first] = cluster.nodes.values()
        yield* cluster.apply(pod("a", { spec: { nodeSelector: { "kubernetes.io/hostname": first!.nodeName } } }))
        yield* cluster.waitForPhase("a", "Running")
        const second = yield* cluster.replaceNode(first!.nodeName)
        expect(second.nodeName).toBe(first!.nodeName)
        expect(second.instanceId).not.toBe(first!.instanceId)
        expect(yield* cluster.pod("a")).toBeUndefined()
        expect(cluster.nodes.size).toBe(2)
        yield* ready(cluster)
        yield* cluster.apply(pod("b", { spec: { nodeSelector: { "kubernetes.io/hostname": first!.nodeName } } }))
        yield* cluster.waitForPhase("b", "Running")
        expect(cluster.violations).toEqual([])
      }))
  })

  it("a terminated node is gone, with its pods; a new one joins", () => {
    inCluster({ nodes: 2 }, (cluster) =>
      Effect.gen(function*() {
        const [first] = cluster.nodes.keys()
        yield* cluster.terminateNode(first!)
        expect(yield* cluster.node(first!)).toBeUndefined()
        const added = yield* cluster.addNode({ instanceType: "c5.xlarge", labels: { team: "red" } })
        expect(objectAt((yield* cluster.node(added.nodeName))!, "metadata", "labels")).toMatchObject({ team: "red" })
        expect(cluster.nodes.size).toBe(2)
      }))
  })

  it("a pod that a late scheduler binds to a node that is gone is collected as an orphan", () => {
    inCluster({ nodes: 2 }, (cluster) =>
      Effect.gen(function*() {
        const [first, second] = cluster.nodes.keys()
        yield* cluster.terminateNode(first!)
        yield* cluster.apply(pod("late", { spec: { schedulerName: "by hand" } }))
        yield* cluster.apply(pod("fine", { spec: { schedulerName: "by hand" } }))
        yield* cluster.kubernetes.server.as("late-scheduler").bind({ namespace: "default", name: "late" }, first!)
        yield* cluster.kubernetes.server.as("late-scheduler").bind({ namespace: "default", name: "fine" }, second!)
        yield* Effect.sleep("39 seconds")
        expect(yield* cluster.pod("late")).toBeDefined()
        yield* Effect.sleep("2 seconds")
        expect(yield* cluster.pod("late")).toBeUndefined()
        expect(yield* cluster.pod("fine")).toBeDefined()
      }))
  })

  it("an older node agent asks by label, and says true when it is served", () => {
    inCluster({ asks: "label" }, (cluster) =>
      Effect.gen(function*() {
        const [name] = cluster.nodes.keys()
        const label = Effect.map(cluster.node(name!), (node) => textAt(node!, "metadata", "labels", "vpc.amazonaws.com/has-trunk-attached"))
        yield* eventually("the label asks", Effect.map(label, (value) => value === "false" ? true : undefined))
        yield* cluster.admin.patch(nodePlace, { name: name! }, {
          _tag: "merge",
          patch: { status: { capacity: { [podEni]: "9" } } }
        }, { subresource: "status" })
        yield* eventually("the label thanks", Effect.map(label, (value) => value === "true" ? true : undefined))
      }))
  })
})

describe("workloads", () => {
  const template = { spec: { containers: [{ name: "main", image: "nginx:1.23" }] } }

  it("a Deployment replaces what is deleted, and follows its replicas", () => {
    inCluster({ nodes: 2 }, (cluster) =>
      Effect.gen(function*() {
        const deployment = (replicas: number) => ({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web", namespace: "default" }, spec: { replicas, template } })
        const running = (count: number) =>
          eventually(`${count} pods run`, Effect.map(cluster.pods(), (all) =>
            all.length === count && all.every((one) => textAt(one, "status", "phase") === "Running") ? all : undefined))
        yield* cluster.apply(deployment(3))
        const [first] = yield* running(3)
        expect(textAt(first!, "metadata", "name")).toMatch(/^web-[a-z0-9]{5}$/)
        yield* cluster.admin.delete(podPlace, { namespace: "default", name: textAt(first!, "metadata", "name")! })
        yield* advance("1 minute")
        const again = yield* running(3)
        expect(again.map((one) => textAt(one, "metadata", "uid"))).not.toContain(textAt(first!, "metadata", "uid"))
        yield* cluster.apply(deployment(1))
        yield* running(1)
      }))
  })

  it("a StatefulSet gives the same name to a new pod", () => {
    inCluster({}, (cluster) =>
      Effect.gen(function*() {
        yield* cluster.apply({ apiVersion: "apps/v1", kind: "StatefulSet", metadata: { name: "db", namespace: "default" }, spec: { replicas: 2, template } })
        const before = yield* cluster.waitForPhase("db-1", "Running")
        yield* cluster.admin.delete(podPlace, { namespace: "default", name: "db-1" })
        const uid = textAt(before, "metadata", "uid")
        yield* eventually("another db-1", Effect.map(cluster.pod("db-1"), (one) => one !== undefined && textAt(one, "metadata", "uid") !== uid ? one : undefined))
        yield* cluster.waitForPhase("db-1", "Running")
      }))
  })

  it("a Job runs to its completions", () => {
    inCluster({}, (cluster) =>
      Effect.gen(function*() {
        const spec = { ...template.spec, restartPolicy: "Never", containers: [{ name: "main", image: "busybox:1", command: ["sleep", "10"] }] }
        yield* cluster.apply({ apiVersion: "batch/v1", kind: "Job", metadata: { name: "sum", namespace: "default" }, spec: { completions: 4, parallelism: 2, template: { spec } } })
        yield* eventually("four have succeeded", Effect.map(cluster.pods(), (all) =>
          all.filter((one) => textAt(one, "status", "phase") === "Succeeded").length === 4 ? true : undefined))
        yield* advance("1 minute")
        expect(yield* cluster.pods()).toHaveLength(4)
      }))
  })
})

describe("the cluster as a whole", () => {
  it("stops with its scope: nobody is left who would ever wake", () => {
    const run = simulate(Effect.andThen(Effect.scoped(Effect.andThen(Cluster.make({ nodes: 3 }), advance("1 minute"))), Effect.never))
    expect(String(run.exit)).toContain("stuck")
    expect(Duration.toSeconds(run.duration)).toBe(60)
  })

  it("an hour of an idle cluster of 30 nodes takes few tasks", () => {
    const run = simulate(Effect.andThen(Cluster.make({ nodes: 30 }), advance("1 hour")))
    expect(Duration.toMinutes(run.duration)).toBeGreaterThanOrEqual(60)
    expect(run.tasks).toBeLessThan(200_000)
  })
})
