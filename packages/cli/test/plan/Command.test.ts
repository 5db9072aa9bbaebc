import { Schema } from "effect"
import { dirname } from "node:path"
import { describe, expect, it } from "vitest"
import { Plan } from "../../src/plan/Plan.js"
import { branchline, file, snapshotFile } from "../support/Cli.js"
import { deploymentManifest, deploymentPods, look, node, policyManifest, seenPolicy } from "./Looks.js"

const seen = look({ nodes: [node(1)], pods: deploymentPods("db", 3, ["node-1"], { branch: true }), policies: [seenPolicy("db", ["sg-1"], { app: "db" })] })
const snapshot = snapshotFile("cluster.json", seen)
const fine = file("fine.yaml", [policyManifest("web", ["sg-1"], { app: "web" }), deploymentManifest("web", 2)].join("---\n"))

describe("branchline plan", () => {
  it("ends with 0 where nothing stands in the way", async () => {
    const { code, err, out } = await branchline(["plan", "-f", fine, "--snapshot", snapshot, "--width", "90"])
    expect([code, err]).toEqual([0, ""])
    expect(out).toContain("all 2 fit: 2 on node-1")
    expect(out).toContain("nothing stands in its way")
  })

  it("ends with 1 where something would not fit", async () => {
    const { code, out } = await branchline(["plan", "-f", fine, "-f", file("more.yaml", deploymentManifest("web", 20)), "--snapshot", snapshot])
    expect(code).toBe(1)
    expect(out).toContain("14 pods would find no slot")
    expect(out).toContain("is given twice")
  })

  it("ends with 2, naming the place and the mend, where it cannot look", async () => {
    const none = await branchline(["plan", "-f", "no-such.yaml", "--snapshot", snapshot])
    expect(none.code).toBe(2)
    expect(none.err).toContain("no-such.yaml: there is no such file or folder")
    const chart = await branchline(["plan", "-f", file("chart.yaml", "kind: {{ .Values.kind }}: a\n"), "--snapshot", snapshot])
    expect(chart.code).toBe(2)
    expect(chart.err).toMatch(/chart\.yaml:1:\d+: .*\nmend: .*branchline plan -f -/)
    expect((await branchline(["plan", "--snapshot", snapshot])).code).toBe(2)
    expect((await branchline(["plan", "-f", "-", "--snapshot", "-"])).err).toContain("cannot be both")
    const folder = dirname(file("Chart.yaml", "name: shop\n"))
    const helm = await branchline(["plan", "-f", folder, "--snapshot", snapshot])
    expect([helm.code, helm.err]).toEqual([2, expect.stringMatching(/is a Helm chart: .*\nmend: plan what it makes: helm template .* \| branchline plan -f -$/)])
  })

  it("removes policies with --prune only, and heeds the quota", async () => {
    const only = file("only.yaml", policyManifest("more", ["sg-2", "sg-3"], { app: "db" }))
    const plan = async (...flags: ReadonlyArray<string>) => Schema.decodeUnknownSync(Plan)(JSON.parse((await branchline(["plan", "-f", only, "--snapshot", snapshot, "-o", "json", ...flags])).out))
    expect((await plan()).running[0]?.groups.after).toEqual(["sg-1", "sg-2", "sg-3"])
    expect((await plan("--prune")).running[0]?.groups.after).toEqual(["sg-2", "sg-3"])
    expect((await plan()).overQuota).toEqual([])
    expect((await plan("--groups-per-interface", "2")).overQuota).toMatchObject([{ quota: 2 }])
  })

  it("documents what it prints", async () => {
    const { code, out } = await branchline(["schema", "plan"])
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ type: "object", properties: { workloads: {}, running: {}, calls: {} } })
  })
})
