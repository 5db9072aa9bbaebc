import { nodes } from "@branchline/core/model/Resource"
import { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { live } from "../../../src/simulation/life/Live.js"
import type { Plan } from "../../../src/simulation/life/Plan.js"
import type { Subject } from "../../../src/simulation/life/Subject.js"
import type { Oracle } from "../../../src/simulation/oracle/Oracle.js"
import type { UsualOracles } from "../../../src/simulation/oracle/Usual.js"

const quiet: Plan = {
  seed: "1",
  world: { nodes: 1, instanceType: "m5.large", replicas: 1, asks: "feature", kubelets: "prompt", ec2: { latency: "none", lag: 0, vlanCooldown: 0, releaseDelay: 0, throttle: "off" }, kubernetes: { latency: "none" }, idle: "off" },
  steps: [],
  quiet: 20
}

/** Does nothing, so that nodes offer no branches. */
const idle: Subject = { name: "idle", clusterName: "seed", cooldown: 60_000, idleCap: () => 0, run: () => Effect.never }

const broken = (subject: Subject) => live(quiet, subject).violations.map(({ oracle }) => oracle)

describe("the rules that a controller is held to", () => {
  it("are all the usual ones where it says nothing", () => {
    let names: ReadonlyArray<string> = []
    const oracles = (usual: UsualOracles) => {
      names = Object.keys(usual)
      return usual
    }
    const notWell = "10 s after the last trouble not all is well"
    expect([broken(idle), broken({ ...idle, oracles })]).toEqual([[notWell], [notWell]])
    expect(names).toEqual(["untouched", "annotated", "exclusive", "ownOnly", "withinLimits", "nodesUnharmed", "rightGroups", "truthfulTags", "refusedIdsRest", "nothingTwice", "patient", "toldOnce", "toldGroups", "waitersTold", "strandedTold", "releasesTold", "unasked", "noFalseAlarm", "truthfulLoss", "finalizerLast", "wiresKept", "notWithdrawn", "prompt", "settled"])
  })

  it("are broken by an error that it logs, where it says that it logs none but what nobody foresaw", () => {
    const failing: Subject = { ...idle, oracles: () => ({}), run: () => Effect.andThen(Effect.sleep("1500 millis"), Effect.andThen(Effect.logError("oh", { no: 1 }), Effect.never)) }
    expect(live(quiet, failing).violations).toEqual([])
    expect(live(quiet, { ...failing, errorsAreDefects: true }).violations).toEqual([{ at: 1_500, oracle: "nothing happens that nobody foresaw", text: "oh {\"no\":1}" }])
  })

  it("are without those that it leaves out", () => {
    expect(broken({ ...idle, oracles: (usual) => ({ ...usual, settled: undefined }) })).toEqual([])
  })

  it("are with those that it adds, made anew for each life", () => {
    const once = (): Oracle => {
      let told = 0
      return { name: "nobody writes to a node", change: ({ kind }) => kind.plural === "nodes" && told++ === 0 ? "somebody did" : undefined }
    }
    const subject: Subject = { ...idle, oracles: (usual) => ({ ...usual, settled: undefined, once: once() }) }
    expect([broken(subject), broken(subject)]).toEqual([["nobody writes to a node"], ["nobody writes to a node"]])
  })

  it("depend on the world", () => {
    const rule = (name: string): Oracle => ({ name, change: () => "a write" })
    expect(broken({ ...idle, oracles: (_, world) => ({ mine: rule(`${world.instanceType} ${world.idle}`) }) })).toEqual(["m5.large off"])
  })
})

describe("rules that break", () => {
  it("are told each, however often another one breaks", () => {
    const chatty: Subject = {
      ...idle,
      oracles: () => {
        let count = 0
        return {
          chatty: { name: "chatty", change: () => `write ${count++}` },
          late: { name: "late", change: ({ after, kind }) => kind.plural === "nodes" && JSON.stringify(after).includes("last") ? "it came" : undefined }
        }
      },
      run: Effect.fnUntraced(function*() {
        const kubernetes = yield* Kubernetes
        const { items: [node] } = yield* kubernetes.list(nodes)
        const label = (text: string) => kubernetes.patch(nodes, { name: node?.metadata.name ?? "" }, { _tag: "merge", patch: { metadata: { labels: { text } } } })
        for (let count = 0; count < 30; count++) yield* label(String(count))
        yield* label("last")
        return yield* Effect.never
      })
    }
    const names = broken(chatty)
    expect(names.filter((name) => name === "chatty")).toHaveLength(20)
    expect(names).toContain("late")
  })
})
