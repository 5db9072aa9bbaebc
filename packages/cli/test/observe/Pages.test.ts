import type { World } from "@branchline/adapter-memory/World"
import { annotationOf } from "@branchline/core/controller/Ledger"
import type { SecurityGroupId } from "@branchline/core/model/Ids"
import { pods } from "@branchline/core/model/Resource"
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { nowOf } from "../../src/cluster/Look.js"
import { conditionTypes, rules } from "../../src/observe/Conditions.js"
import { judge } from "../../src/observe/Judge.js"
import { lookAt } from "../../src/observe/LookAt.js"
import { noMemory } from "../../src/observe/Memory.js"
import { catalogue, type MetricDefinition } from "../../src/observe/Metrics.js"
import { answerOf } from "../../src/observe/Report.js"
import { colourless } from "../../src/output/Style.js"
import { pod } from "../support/Documents.js"
import { played } from "../support/Live.js"
import { expectBlock, screen } from "../support/Screens.js"
import { healthy, placeIn, settings, watching } from "./Beside.js"

const page = { width: 110, style: colourless }

const branchOf = (world: World, name: string) =>
  Effect.map(world.kubernetes.portFor("kubernetes-admin").list(pods), ({ items }) => annotationOf(items.find(({ metadata }) => metadata.name === name)!)!.eniId)

/** Some pods that run well. */
const lived = Effect.gen(function*() {
  const { world } = yield* healthy({ nodes: 2 })
  for (const name of ["web-1", "web-2", "web-3"]) {
    yield* world.apply(pod(name))
    yield* world.waitForPhase(name, "Running")
  }
  return world
})

/** What somebody breaks: a branch, the groups of another, the webhook. */
const breakIt = Effect.fnUntraced(function*(world: World) {
  const other = yield* world.ec2.control.addSecurityGroup({ groupId: "sg-0000000000000000e" as SecurityGroupId })
  yield* world.ec2.control.deleteInterfaceByHand(yield* branchOf(world, "web-1"))
  yield* world.ec2.port.setGroups(yield* branchOf(world, "web-2"), [other])
  yield* world.serveWebhooks(() => Effect.fail("away"))
  yield* world.apply(pod("web-4"))
})

describe("docs/cli/observe.md", () => {
  it("shows one look", () => {
    const text = played(Effect.gen(function*() {
      const world = yield* lived
      yield* breakIt(world)
      yield* Effect.sleep("30 seconds")
      const sight = yield* lookAt(yield* placeIn(world))
      return answerOf(judge(noMemory, { _tag: "Sight", sight }, nowOf(sight.look), { ...settings, settle: 0 })).text(page)
    }))
    expectBlock("observe.md", "once", screen("branchline observe --once --aws", text))
  })

  it("shows what is said while it stays", () => {
    const lines = played(Effect.gen(function*() {
      const world = yield* lived
      const watch = yield* watching(world)
      yield* watch.rounds(2)
      yield* breakIt(world)
      yield* watch.rounds(3)
      for (const name of ["web-1", "web-2"]) {
        yield* world.admin.delete(pods, { namespace: "default", name })
        yield* world.waitUntilGone(name)
      }
      yield* watch.rounds(2)
      return watch.printed
    }))
    expectBlock("observe.md", "lines", screen("branchline observe --aws --every 30s", lines.join("\n")))
  })

  it("lists the conditions and what is so while they are True", () => {
    const rows = rules.map(({ kinds, type, well }) => `| [${type}](#${type.toLowerCase()}) | ${well} | ${Object.keys(kinds).map((kind) => `\`${kind}\``).join(", ")} |`)
    expectBlock("observe.md", "conditions", ["| type | True means | False by |", "|---|---|---|", "| [ClusterSeen](#clusterseen) | looks succeed | `LookFailed` |", ...rows].join("\n"))
  })

  it("lists what is exported", () => {
    const rows = Object.entries<MetricDefinition>(catalogue).map(([name, { help, labels, type }]) =>
      `| \`${name}\` | ${type} | ${Object.entries(labels).map(([label, values]) => `${label} (${values.length})`).join(", ")} | ${help} |`)
    expectBlock("observe.md", "metrics", ["| name | type | labels (values) | |", "|---|---|---|---|", ...rows].join("\n"))
  })

  it("has a section for each condition that names each of its kinds", () => {
    const text = readFileSync(fileURLToPath(new URL("../../../../docs/cli/observe.md", import.meta.url)), "utf8")
    const sections = new Map(text.split(/^### /m).slice(1).map((section) => [section.split("\n")[0], section.split(/^## /m)[0] ?? ""]))
    expect([...sections.keys()]).toEqual([...conditionTypes])
    for (const { kinds, type } of rules) for (const kind of Object.keys(kinds)) expect(sections.get(type)).toContain(`\`${kind}\``)
  })
})
