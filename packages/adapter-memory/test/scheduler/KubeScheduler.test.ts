import { describe, expect, it } from "vitest"
import { Effect, Exit } from "effect"
import { podEni } from "@branchline/core/model/Names"
import { nodes, pods } from "@branchline/core/model/Resource"
import { KubernetesError, type KubernetesReason } from "@branchline/core/ports/KubernetesError"
import { own } from "@branchline/core/patch/Json"
import { textAt } from "../../src/kubernetes/Document.js"
import * as MemoryKubernetes from "../../src/kubernetes/MemoryKubernetes.js"
import * as KubeScheduler from "../../src/kubernetes/scheduler/KubeScheduler.js"
import { simulate } from "../../src/simulation/Simulation.js"
import { below, stream } from "../../src/simulation/Streams.js"
import { advance, eventually } from "../../src/simulation/Waiting.js"

const nodeDocument = (name: string, branches: number) => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name },
  status: { capacity: { [podEni]: String(branches) }, allocatable: { [podEni]: String(branches) }, conditions: [{ type: "Ready", status: "True" }] }
})

const podDocument = (name: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "default" },
  spec: { containers: [{ name: "main", image: "a:1", resources: { limits: { [podEni]: "1" } } }] }
})

/** What goes wrong with the first binding: before its effect, after it, or when everybody has seen the effect already. */
interface Trouble {
  readonly reason: KubernetesReason
  readonly when: "before" | "after" | "long after"
}

/** A server with a scheduler and nothing else, whose bindings take 100 ms. */
const world = Effect.fnUntraced(function*(trouble?: Trouble) {
  const kubernetes = yield* MemoryKubernetes.make()
  const admin = kubernetes.server.as("admin")
  const { bind } = kubernetes.server.as(KubeScheduler.schedulerUser)
  let calls = 0
  yield* Effect.forkScoped(KubeScheduler.run({
    port: kubernetes.portFor(KubeScheduler.schedulerUser, { component: KubeScheduler.schedulerComponent }),
    bind: (pod, nodeName) => {
      calls++
      const binding = Effect.andThen(Effect.sleep("100 millis"), bind(pod, nodeName))
      if (trouble === undefined || calls > 1) return binding
      const error = new KubernetesError({ operation: "bind", reason: trouble.reason, message: "injected" })
      const done = trouble.when === "before" ? Effect.void : binding
      return done.pipe(Effect.andThen(Effect.sleep(trouble.when === "long after" ? "1 second" : 0)), Effect.andThen(Effect.fail(error)))
    }
  }))
  const nodeOf = (name: string) => Effect.map(admin.get(pods, { namespace: "default", name }), (pod) => textAt(pod, "spec", "nodeName"))
  const addNode = (name: string, branches: number) =>
    Effect.andThen(
      admin.create(nodes, nodeDocument(name, branches)),
      admin.patch(nodes, { name }, { _tag: "merge", patch: { status: nodeDocument(name, branches).status } }, { subresource: "status" })
    )
  const bound = (name: string) => eventually(`${name} is bound`, nodeOf(name))
  return { kubernetes, admin, nodeOf, addNode, bound, bindings: () => calls }
})

const succeeds = (run: { readonly exit: Exit.Exit<unknown, unknown> }) => expect(run.exit).toMatchObject({ _tag: "Success" })

describe("retries", () => {
  it("a pod waits for a node, for its capacity and for a pod that leaves", () => {
    succeeds(simulate(Effect.gen(function*() {
      const { addNode, admin, bound, nodeOf } = yield* world()
      yield* admin.create(pods, podDocument("a"))
      yield* advance("1 second")
      expect(yield* nodeOf("a")).toBeUndefined()
      yield* addNode("n", 0)
      yield* advance("1 second")
      expect(yield* nodeOf("a")).toBeUndefined()
      const status = { capacity: { [podEni]: "1" }, allocatable: { [podEni]: "1" } }
      yield* admin.patch(nodes, { name: "n" }, { _tag: "merge", patch: { status } }, { subresource: "status" })
      expect(yield* bound("a")).toBe("n")
      yield* admin.create(pods, podDocument("b"))
      yield* advance("1 second")
      expect(yield* nodeOf("b")).toBeUndefined()
      yield* admin.patch(pods, { namespace: "default", name: "a" }, { _tag: "merge", patch: { status: { phase: "Succeeded" } } }, { subresource: "status" })
      expect(yield* bound("b")).toBe("n")
    })))
  })

  it("a pod that fits nowhere is said so once, and again when the reason changes", () => {
    succeeds(simulate(Effect.gen(function*() {
      const { addNode, admin, kubernetes } = yield* world()
      yield* admin.create(pods, podDocument("a"))
      yield* advance("1 minute")
      yield* addNode("n", 0)
      yield* advance("1 minute")
      yield* admin.patch(nodes, { name: "n" }, { _tag: "merge", patch: { metadata: { labels: { a: "b" } } } })
      yield* advance("1 minute")
      const told = (yield* kubernetes.audit.events).filter(({ objectRef }) => objectRef.resource === "events")
      const messages = told.map(({ requestObject }) => own(requestObject, "message"))
      expect(messages[0]).toBe("no nodes available to schedule pods")
      expect(messages.at(-1)).toContain("1 Insufficient vpc.amazonaws.com/pod-eni")
      expect(new Set(messages).size).toBe(messages.length)
    })))
  })

  it.each([
    ["an answer that is lost after the effect", { _tag: "UnknownOutcome" }, "after"],
    ["an answer that is lost when the watch has told of the effect", { _tag: "UnknownOutcome" }, "long after"],
    ["an answer that is lost before it", { _tag: "UnknownOutcome" }, "before"],
    ["a server that is away", { _tag: "Unavailable" }, "before"],
    ["a refusal", { _tag: "Forbidden" }, "before"]
  ] as const)("binding: %s", (_, reason, when) => {
    succeeds(simulate(Effect.gen(function*() {
      const { addNode, admin, bound, nodeOf } = yield* world({ reason, when })
      yield* addNode("n", 1)
      yield* admin.create(pods, podDocument("a"))
      yield* bound("a")
      yield* admin.create(pods, podDocument("b"))
      yield* advance("1 minute")
      // The place of `a` is neither counted twice nor lost.
      expect(yield* nodeOf("b")).toBeUndefined()
      yield* admin.delete(pods, { namespace: "default", name: "a" }, { gracePeriodSeconds: 0 })
      yield* bound("b")
    })))
  })

  it("a pod that is gone when its binding fails gives its place back", () => {
    succeeds(simulate(Effect.gen(function*() {
      const { addNode, admin, bound } = yield* world({ reason: { _tag: "NotFound" }, when: "before" })
      yield* addNode("n", 1)
      yield* admin.create(pods, podDocument("a"))
      yield* admin.delete(pods, { namespace: "default", name: "a" })
      yield* admin.create(pods, podDocument("b"))
      expect(yield* bound("b")).toBe("n")
    })))
  })
})

describe("one binding a pod", () => {
  it("although the pod changes while it is being bound", () => {
    succeeds(simulate(Effect.gen(function*() {
      const { addNode, admin, bindings, bound } = yield* world()
      yield* addNode("n", 3)
      yield* admin.create(pods, podDocument("a"))
      yield* advance("50 millis")
      yield* admin.patch(pods, { namespace: "default", name: "a" }, { _tag: "merge", patch: { metadata: { labels: { a: "b" } } } })
      yield* bound("a")
      yield* advance("1 minute")
      expect(bindings()).toBe(1)
    })))
  })
})

describe("whatever the interleaving", () => {
  const churn = Effect.gen(function*() {
    const { addNode, admin, kubernetes, nodeOf } = yield* world()
    const random = yield* stream("churn")
    const sizes = new Map([["a", 3], ["b", 1], ["c", 2]])
    for (const [name, size] of sizes) yield* addNode(name, size)
    let most = 0
    const watchers = Effect.forever(Effect.gen(function*() {
      const { items } = yield* admin.list(pods)
      for (const [name, size] of sizes) {
        const there = items.filter((pod) => textAt(pod, "spec", "nodeName") === name).length
        most = Math.max(most, there)
        expect(there).toBeLessThanOrEqual(size)
      }
      yield* Effect.sleep("10 millis")
    }))
    yield* Effect.forkScoped(watchers)
    for (let index = 0; index < 12; index++) {
      yield* admin.create(pods, podDocument(`pod-${index}`))
      const victim = `pod-${below(random, index + 1)}`
      if (below(random, 3) === 0) yield* Effect.ignore(admin.delete(pods, { namespace: "default", name: victim }, { gracePeriodSeconds: 0 }))
      if (below(random, 8) === 0) yield* kubernetes.watches.breakWatches({ _tag: "Expired" })
      if (below(random, 8) === 0) yield* kubernetes.watches.replayWatches(20)
    }
    const settled = Effect.gen(function*() {
      const { items } = yield* admin.list(pods)
      const places = yield* Effect.forEach(items, (pod) => nodeOf(textAt(pod, "metadata", "name")!))
      return places.filter((place) => place !== undefined).length === Math.min(6, items.length) ? true : undefined
    })
    yield* eventually("every pod that finds room has it", settled)
    return most
  })

  it("nodes are never overcommitted and room is never left unused, in 100 seeds", () => {
    let fullest = 0
    for (let seed = 0; seed < 100; seed++) {
      const { exit } = simulate(churn, { seed })
      expect(exit, `seed ${seed}`).toMatchObject({ _tag: "Success" })
      if (Exit.isSuccess(exit)) fullest = Math.max(fullest, exit.value)
    }
    expect(fullest).toBe(3)
  })
})
