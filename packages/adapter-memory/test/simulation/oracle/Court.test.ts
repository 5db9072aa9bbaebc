import { writeBranchAnnotation } from "@branchline/core/model/BranchAnnotation"
import { podEni } from "@branchline/core/model/Names"
import { configMaps, pods } from "@branchline/core/model/Resource"
import { Effect, Exit, type Scope } from "effect"
import { describe, expect, it } from "vitest"
import * as Cluster from "../../../src/Cluster.js"
import { uidOf } from "../../../src/kubernetes/Document.js"
import { configMap, pod as manifest } from "../../../src/simulation/life/Manifests.js"
import * as Court from "../../../src/simulation/oracle/Court.js"
import type { Oracle } from "../../../src/simulation/oracle/Oracle.js"
import { simulate } from "../../../src/simulation/Simulation.js"
import { eni, naming } from "./Scene.js"

const key = { namespace: "default", name: "web" }
const branch = "0123456789abcdef0"
const annotate = (name: string | undefined) => ({
  _tag: "merge",
  patch: { metadata: { annotations: { [podEni]: name === undefined ? null : writeBranchAnnotation(naming(name, 1), "eight") } } }
}) as const

const setting = (oracles: ReadonlyArray<Oracle> = []) =>
  Effect.gen(function*() {
    const cluster = yield* Cluster.make({ nodes: 0, inhabitantEvents: false })
    const court = yield* Court.make({ cluster, cooldown: 60_000, oracles })
    const uid = uidOf(yield* cluster.admin.create(pods, manifest("web", "web")))
    return { cluster, court, uid }
  })

const answer = <A, E>(program: Effect.Effect<A, E, Scope.Scope>) => {
  const { exit } = simulate(program)
  return Exit.isSuccess(exit) ? exit.value : exit
}

describe("what a court knows", () => {
  it("whoever had an interface, oldest first, and who lives", () => {
    expect(answer(Effect.gen(function*() {
      const { cluster, court: { book } } = yield* setting()
      yield* cluster.admin.patch(pods, key, annotate(branch))
      yield* cluster.admin.patch(pods, key, annotate(undefined))
      yield* cluster.admin.create(pods, manifest("next", "web"))
      yield* cluster.admin.patch(pods, { ...key, name: "next" }, annotate(branch))
      const living = () => [...book.living()].map(({ name }) => name)
      yield* cluster.admin.create(configMaps, configMap(60))
      const before = living()
      yield* cluster.admin.patch(pods, key, { _tag: "merge", patch: { status: { phase: "Failed" } } }, { subresource: "status" })
      return { tenants: book.tenantsOf(eni(branch)).map(({ name }) => name), others: book.tenantsOf(eni("other")), before, after: living(), all: book.pods.size }
    }))).toEqual({ tenants: ["default/web", "default/next"], others: [], before: ["default/web", "default/next"], after: ["default/next"], all: 2 })
  })

  it("the cooldown as it is set, when somebody began, and how old the life is", () => {
    expect(answer(Effect.gen(function*() {
      const { court: { age, book, setCooldown, started } } = yield* setting()
      const begin = book.now()
      const starts = () => book.starts().map((at) => at - begin)
      const first = [book.cooldown(), starts(), age()]
      setCooldown(30_000)
      yield* Effect.sleep("2 seconds")
      started()
      started()
      yield* Effect.sleep("5 seconds")
      return [first, [book.cooldown(), starts(), age()]]
    }))).toEqual([[60_000, [], 0], [30_000, [2_000, 2_000], 7_000]])
  })

  it("whom nothing can be promised to: a pod, and whoever has an interface or will have it", () => {
    expect(answer(Effect.gen(function*() {
      const { cluster, court, uid } = yield* setting()
      const before = court.book.excuse(uid)
      court.excuseInterface(eni(branch), "its trunk was deleted")
      const without = court.book.excuse(uid)
      yield* cluster.admin.patch(pods, key, annotate(branch))
      const has = court.book.excuse(uid)
      court.excuse(uid, "it was there")
      return [before, without, has, court.book.excuse(uid)]
    }))).toEqual([undefined, undefined, "its trunk was deleted", "it was there"])
  })
})

describe("what oracles are told", () => {
  it("a pod's record before and after, every write, every call; a wrong is told once", () => {
    const told: Array<string> = []
    const oracle: Oracle = {
      name: "all",
      pod: (pod, before) => {
        told.push(`pod ${pod.name}: ${before?.details?.eniId} → ${pod.details?.eniId}`)
        return "a pod"
      },
      change: ({ kind: { plural } }) => {
        if (plural === "pods") told.push("write")
        return undefined
      },
      call: ({ action, outcome }) => {
        told.push(`${action} ${outcome._tag}`)
        return action
      }
    }
    const violations = answer(Effect.gen(function*() {
      const { cluster, court } = yield* setting([oracle])
      yield* cluster.admin.patch(pods, key, annotate(branch))
      yield* Effect.sleep("1 second")
      yield* Effect.exit(cluster.ec2.port.deleteInterface(eni(branch)))
      yield* cluster.ec2.port.describeInterfaces({})
      return court.violations
    }))
    expect(told.slice(0, 4)).toEqual(["pod default/web: undefined → undefined", "write", `pod default/web: undefined → ${eni(branch)}`, "write"])
    expect(told.slice(-2)).toEqual(["DeleteNetworkInterface refused", "DescribeNetworkInterfaces done"])
    expect(violations).toEqual([
      { at: 0, oracle: "all", text: "a pod" },
      { at: 1_000, oracle: "all", text: "DeleteNetworkInterface" },
      { at: 1_000, oracle: "all", text: "DescribeNetworkInterfaces" }
    ])
  })

  it("that all is calm, again and again: the journal says what is wrong when that changes", () => {
    let wrongs: ReadonlyArray<string> = []
    const { journal } = simulate(Effect.gen(function*() {
      const { court } = yield* setting([{ name: "calm", calm: () => wrongs }])
      for (const next of [["a"], ["a", "b"], [], ["a"]]) {
        wrongs = next
        yield* court.calm
      }
    }))
    expect(journal.map((line) => line.replace(/^\S+ /, ""))).toEqual(["not well: a", "not well: b", "not well: a"])
  })

  it("that all is calm: what is wrong then is answered, and is no breach yet", () => {
    expect(answer(Effect.gen(function*() {
      const { court } = yield* setting([{ name: "calm", calm: () => ["a", "b"] }, { name: "silent" }])
      return [yield* court.calm, court.violations]
    }))).toEqual([["calm: a", "calm: b"], []])
  })
})
