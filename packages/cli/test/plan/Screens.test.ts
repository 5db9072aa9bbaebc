import { Result } from "effect"
import { describe, it } from "vitest"
import type { Look } from "../../src/cluster/Look.js"
import { colourless } from "../../src/output/Style.js"
import { answerOf } from "../../src/plan/Answer.js"
import { expectBlock, screen } from "../support/Screens.js"
import { deploymentManifest, deploymentPods, ec2, look, node, policyManifest, seenPolicy, text } from "./Looks.js"

const page = { width: 100, style: colourless }

const shown = (seen: Look, command: string, documents: ReadonlyArray<string>): string =>
  screen(command, Result.getOrThrow(answerOf(seen, text(...documents), { prune: false, quota: 5 })).text(page))

const nodes = [node(1), node(2)]
const policies = [seenPolicy("db", ["sg-0db"], { app: "db" }), seenPolicy("api", ["sg-0api"], { app: "api" })]
const pods = [
  ...deploymentPods("db", 3, ["node-1", "node-2"], { branch: true }),
  ...deploymentPods("web", 4, ["node-1", "node-2"]),
  ...deploymentPods("api", 9, ["node-1", "node-2"], { branch: true })
]
const cluster = look({ nodes, pods, policies, ec2: ec2(nodes, 200) })

describe("docs/cli/plan.md", () => {
  it("shows a change of policies", () => {
    expectBlock("plan.md", "policies", shown(cluster, "branchline plan -f policies.yaml --aws", [
      policyManifest("db", ["sg-0db", "sg-0backup"], { app: "db" }),
      policyManifest("web", ["sg-0web"], { app: "web" }),
      policyManifest("audit", ["sg-0audit"], { app: "adit" })
    ]))
  })

  it("shows a workload that does not fit", () => {
    expectBlock("plan.md", "workloads", shown(cluster, "branchline plan -f shop.yaml --aws", [
      policyManifest("shop", ["sg-0shop"], { app: "shop" }),
      deploymentManifest("shop", 12)
    ]))
  })

  it("shows a rollout that waits for slots that cool", () => {
    expectBlock("plan.md", "rollouts", shown(cluster, "branchline plan -f api.yaml --aws", [
      deploymentManifest("api", 9, { labels: { app: "api", version: "2" }, spec: "strategy: { type: Recreate }" })
    ]))
  })
})
