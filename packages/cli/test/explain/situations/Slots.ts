import { Effect } from "effect"
import * as Documents from "../../support/Documents.js"
import { makeWorld } from "../../support/Live.js"
import { node, pod, type Situation } from "./Situation.js"
import { aWhile, names, policyFirst, remove, running, withAws, withoutAws } from "./Steps.js"

const considerations = "Considerations"
const practices = "Best practices"

/** One m5.large, whose nine branches all have their pods. */
const full = Effect.gen(function*() {
  const world = yield* makeWorld()
  yield* policyFirst(world)
  yield* running(world, names("db", 9))
  return world
})

/** Branches are taken, or cool down. */
export const slots: ReadonlyArray<Situation> = [
  {
    title: "No branch is free on any node",
    guide: considerations,
    build: Effect.gen(function*() {
      const world = yield* full
      yield* world.apply(Documents.pod("web-1"))
      yield* aWhile
      return yield* withoutAws(world)
    }),
    question: pod("web-1"),
    cause: "AllNodesTaken",
    names: /on 1 node with branches all are taken/,
    next: /add a node, or free a branch/
  },
  {
    title: "The only free branch cools down",
    guide: practices,
    build: Effect.gen(function*() {
      const world = yield* full
      yield* remove(world, "db-4")
      yield* Effect.sleep("2 seconds")
      yield* world.apply(Documents.pod("web-1"))
      yield* Effect.sleep("10 seconds")
      return yield* withAws(world)
    }),
    question: pod("web-1"),
    cause: "SlotCooling",
    names: /9 of 9 taken: 8 in use, 1 cooling.*comes free for it in/,
    next: /branch-eni-cooldown/
  },
  {
    title: "The only free branch cools down, seen without AWS",
    guide: practices,
    build: Effect.gen(function*() {
      const world = yield* full
      yield* remove(world, "db-4")
      yield* Effect.sleep("2 seconds")
      yield* world.apply(Documents.pod("web-1"))
      yield* Effect.sleep("10 seconds")
      return yield* withoutAws(world)
    }),
    question: pod("web-1"),
    cause: "SlotsTakenAsTold",
    names: /all 9 branch interfaces of the node are taken \(8 in use, 0 being made, 1 cooling down/,
    next: /branches that cool come free/
  },
  {
    title: "A StatefulSet's pod is made again, and the branch of its predecessor cools down",
    guide: practices,
    build: Effect.gen(function*() {
      const world = yield* makeWorld()
      yield* policyFirst(world)
      yield* running(world, names("web", 8))
      yield* world.apply({
        apiVersion: "apps/v1",
        kind: "StatefulSet",
        metadata: { name: "ledger", namespace: "default" },
        spec: { replicas: 1, template: { metadata: { labels: { role: "db" } }, spec: { containers: [{ name: "main", image: "registry.example/app:1", imagePullPolicy: "IfNotPresent" }] } } }
      })
      yield* world.waitForPhase("ledger-0", "Running")
      yield* remove(world, "ledger-0")
      yield* Effect.sleep("15 seconds")
      return yield* withAws(world)
    }),
    question: pod("ledger-0"),
    cause: "SlotCooling",
    names: /8 in use, 1 cooling/,
    next: /nothing: it is served then/,
    screen: /of the former default\/ledger-0, which had the same name/
  },
  {
    title: "A finished Job holds the branch that another pod waits for",
    guide: practices,
    build: Effect.gen(function*() {
      const world = yield* makeWorld()
      yield* policyFirst(world)
      yield* running(world, names("web", 8))
      yield* world.apply(Documents.pod("import-1", { spec: { restartPolicy: "Never" } }))
      yield* world.waitForPhase("import-1", "Succeeded")
      yield* world.apply(Documents.pod("web-9"))
      yield* Effect.sleep("10 seconds")
      return yield* withAws(world)
    }),
    question: pod("web-9"),
    cause: "SlotCooling",
    names: /8 in use, 1 cooling/,
    next: /nothing: it is served then/,
    screen: /of default\/import-1, which is over/
  },
  {
    title: "A finished Job's own pod: what is left of its branch, seen without AWS",
    guide: practices,
    build: Effect.gen(function*() {
      const world = yield* makeWorld()
      yield* policyFirst(world)
      yield* world.apply(Documents.pod("import-1", { spec: { restartPolicy: "Never" } }))
      yield* world.waitForPhase("import-1", "Succeeded")
      yield* Effect.sleep("5 seconds")
      return yield* withoutAws(world)
    }),
    question: pod("import-1"),
    cause: "Finished",
    names: /its branch cools down and is removed in/,
    next: /the pod is over/
  },
  {
    title: "Pods stand in line on a full node: the node",
    guide: considerations,
    build: Effect.gen(function*() {
      const world = yield* full
      yield* remove(world, "db-4")
      yield* Effect.sleep("2 seconds")
      yield* world.apply(Documents.pod("web-1"))
      yield* Effect.sleep("10 seconds")
      return yield* withAws(world)
    }),
    question: node,
    cause: "PodsInLine",
    names: /room for 1 pod in line \(9 of 9 taken: 8 in use, 1 cooling\)/,
    next: /branches that cool come free/
  }
]
