import { eventually } from "@branchline/adapter-memory/simulation/Waiting"
import type { World } from "@branchline/adapter-memory/World"
import { clusterTag, ownerTag, podEni } from "@branchline/core/model/Names"
import { cniNodes, nodes, pods } from "@branchline/core/model/Resource"
import type { KubernetesError } from "@branchline/core/ports/KubernetesError"
import { Effect, Result } from "effect"
import { describe, expect, it } from "vitest"
import { readingsOf } from "../../../src/controller/observe/ReadOnly.js"
import { observing, play, pod, policy, user } from "./Beside.js"

const names = Array.from({ length: 5 }, (_, n) => `web-${n}`)
const offering = (world: World) =>
  eventually("every node offers branches", Effect.gen(function*() {
    const found = yield* Effect.forEach([...world.nodes.keys()], (name) => world.node(name))
    return found.every((node) => JSON.stringify(node).includes(`"${podEni}":"9"`)) ? true : undefined
  }), { within: "5 minutes" })
const remove = (world: World, name: string) =>
  Effect.andThen(world.admin.delete(pods, { namespace: "default", name }), world.waitUntilGone(name))
/** The audit log has the writes alone. */
const written = (world: World) => Effect.map(world.kubernetes.audit.events, (events) => events.filter((event) => event.user.username === user))
const seeds = [1, 2, 3]

describe("somebody who observes a controller at work", () => {
  it.each(seeds)("tells each pod's step, sees it settled, and finds no difference (seed %i)", (seed) => {
    const { lines, standings, writes } = play({ nodes: 2 }, (world) =>
      Effect.gen(function*() {
        yield* world.apply(policy)
        yield* offering(world)
        yield* Effect.sleep("1 minute")
        const { said, sum } = yield* observing(world)
        yield* Effect.sleep("1 minute")
        for (const name of names) yield* world.apply(pod(name))
        for (const name of names) yield* world.waitForPhase(name, "Running")
        yield* Effect.sleep("5 minutes")
        for (const name of names) yield* remove(world, name)
        yield* Effect.sleep("5 minutes")
        yield* sum
        const writes = yield* written(world)
        return { lines: said.lines, standings: said.standings(), writes }
      }), seed)
    const isOf = (word: string) => (line: string) => line.startsWith(word)
    expect(lines.filter(isOf("differs"))).toEqual([])
    const would = lines.filter(isOf("would")).map((line) => line.slice("would ".length))
    expect(would.toSorted()).toEqual(lines.filter(isOf("settled")).map((line) => line.slice("settled ".length)).toSorted())
    expect(standings).toMatchObject({ due: 0, waiting: 0, mended: 0 })
    expect(writes).toEqual([])
  })

  it.each(seeds)("tells just what a controller that starts now does first: ids, groups, subnets (seed %i)", (seed) => {
    const { done, told } = play({ nodes: 2 }, (world, commands) =>
      Effect.gen(function*() {
        yield* world.apply(policy)
        yield* offering(world)
        yield* world.apply(pod("before"))
        yield* world.waitForPhase("before", "Running")
        yield* world.crash
        const { said } = yield* observing(world)
        for (const name of names) yield* world.apply(pod(name))
        yield* eventually("all are bound", Effect.gen(function*() {
          const found = yield* Effect.forEach(names, (name) => world.pod(name))
          return found.every((one) => JSON.stringify(one).includes("\"nodeName\"")) ? true : undefined
        }))
        yield* Effect.sleep("10 seconds")
        const told = said.steps.flatMap((step) => step._tag === "Branch" ? [step.command] : [])
        commands.length = 0
        yield* world.start
        for (const name of names) yield* world.waitForPhase(name, "Running")
        return { told, done: commands.filter(({ _tag }) => _tag === "CreateBranch") }
      }), seed)
    const byKey = (a: { readonly key: string }, b: { readonly key: string }) => a.key < b.key ? -1 : 1
    expect(told).toHaveLength(names.length)
    expect(told.toSorted(byKey).map(({ key }) => key)).toEqual(done.toSorted(byKey).map(({ key }) => key))
    // Which of a node's pods comes first, and so gets which id, is chance; that they get these ids is not.
    const parts = (all: typeof told) => all.map((one) => one._tag === "CreateBranch" ? `${one.trunkId} ${one.vlanId} ${one.subnetId} ${one.groups.join()} ${one.attempt}` : one._tag).toSorted()
    expect(parts(told)).toEqual(parts(done))
  })

  it("a branch whose pod ended while nobody worked is given back once its cooldown is over, and is a leak when it stays", () => {
    const lines = play({ nodes: 1 }, (world) =>
      Effect.gen(function*() {
        yield* world.apply(policy)
        yield* offering(world)
        yield* world.apply(pod("web-0"))
        yield* world.waitForPhase("web-0", "Running")
        const { said } = yield* observing(world)
        yield* Effect.sleep("1 minute")
        yield* world.crash
        yield* remove(world, "web-0")
        yield* Effect.sleep("50 seconds")
        expect(said.lines.filter((line) => line.startsWith("would"))).toEqual([])
        yield* Effect.sleep("3 minutes")
        const { associations } = yield* world.ec2.control.snapshot
        yield* world.start
        yield* Effect.sleep("5 minutes")
        return said.lines.map((line) => line.replace(associations[0]?.branchId ?? "", "the branch"))
      }), 1)
    expect(lines).toEqual([
      "would DeleteBranch the branch",
      "differs InterfaceUnexplained the branch",
      "mended InterfaceUnexplained the branch",
      "settled DeleteBranch the branch"
    ])
  })

  it("a node that comes while nobody works: CNINode first, then what its agent asks for; and its pods wait for that", () => {
    const lines = play({ nodes: 1 }, (world) =>
      Effect.gen(function*() {
        yield* world.apply(policy)
        yield* offering(world)
        yield* world.crash
        const { said } = yield* observing(world)
        yield* Effect.sleep("10 seconds")
        const known = new Set(world.nodes.keys())
        yield* world.addNode()
        const name = [...world.nodes.keys()].find((one) => !known.has(one)) ?? ""
        yield* Effect.sleep("2 minutes")
        yield* world.start
        yield* offering(world)
        yield* Effect.sleep("2 minutes")
        return said.lines.map((line) => line.replace(name, "node-2"))
      }), 1)
    expect(lines).toContain("would CreateCNINode node-2")
    expect(lines).toContain("differs CniNodeMissing node-2")
    expect(lines).toContain("mended CniNodeMissing node-2")
    expect(lines.filter((line) => line.startsWith("would")).length).toBe(lines.filter((line) => line.startsWith("settled")).length)
  })

  it("what has leaked is told once it is believed, and deleted by whoever works", () => {
    const lines = play({ nodes: 1, settings: { sweepInterval: 600_000 } }, (world) =>
      Effect.gen(function*() {
        yield* offering(world)
        const { said } = yield* observing(world)
        const { eniId } = yield* world.ec2.control.createForeignInterface({
          subnetId: world.subnets[0]!.subnetId,
          tags: { [ownerTag]: "eks-vpc-resource-controller", [clusterTag("seed")]: "owned" }
        })
        yield* Effect.sleep("40 minutes")
        return said.lines.map((line) => line.replace(eniId, "eni"))
      }), 1)
    expect(lines).toEqual(["differs InterfaceUnexplained eni", "would DeleteInterface none", "mended InterfaceUnexplained eni", "settled DeleteInterface none"])
  })
})

describe("the port to read by", () => {
  it("refuses every write, without asking anybody", () => {
    const refused = new Set<string>()
    play({ nodes: 1 }, (world) =>
      Effect.gen(function*() {
        const port = readingsOf(world.kubernetes.portFor(user))
        const [name] = [...world.nodes.keys()]
        const writes = [
          port.create(cniNodes, { metadata: { name: "another" } }),
          port.patch(nodes, { name: name! }, { _tag: "merge", patch: { metadata: { labels: { a: "b" } } } }),
          port.delete(nodes, { name: name! }),
          port.recordEvent({ regarding: { apiVersion: "v1", kind: "Node", name: name!, uid: name! }, type: "Normal", reason: "A", message: "b" })
        ]
        for (const write of writes) {
          const outcome = yield* Effect.result(write as Effect.Effect<unknown, KubernetesError>)
          if (Result.isFailure(outcome)) refused.add(outcome.failure.operation)
        }
        expect(yield* written(world)).toEqual([])
      }), 1)
    expect([...refused]).toEqual(["create cninodes", "patch nodes", "delete nodes", "create events"])
  })
})
