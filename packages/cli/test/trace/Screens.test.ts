import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, type Scope } from "effect"
import { afterAll, beforeAll, describe, it } from "vitest"
import type { Answer } from "../../src/output/Answer.js"
import type { CouldNotLook } from "../../src/output/CouldNotLook.js"
import { colourless } from "../../src/output/Style.js"
import { type From, tracePod, traceWindow } from "../../src/trace/Ask.js"
import { expectBlock, screen } from "../support/Screens.js"
import { admitted, annotation, auditRecord, capacityPatch, lease, linesOf, node, podOf } from "./support/Records.js"

const page = { width: 100, style: colourless }
const judged = { controllers: [], stuckAfter: 60_000 }
const from = (...files: ReadonlyArray<string>): From => ({ files, logGroup: undefined, region: undefined, profile: undefined, endpoint: undefined, since: undefined, from: undefined, to: undefined, progress: undefined, poll: 1 })

const shown = async <A>(answer: Effect.Effect<Answer<A>, CouldNotLook, Scope.Scope>): Promise<string> => (await Effect.runPromise(Effect.scoped(answer))).text(page)
const podScreen = (namespace: string, name: string, ...files: ReadonlyArray<string>) => shown(tracePod(from(...files), { _tag: "Name", namespace, name }, judged))

// Screens show short names of files.
const before = process.cwd()
const folder = mkdtempSync(join(tmpdir(), "trace-"))
beforeAll(() => process.chdir(folder))
afterAll(() => {
  process.chdir(before)
  rmSync(folder, { recursive: true })
})

const seed = (name: string): string => new URL(`../../../core/test/fixtures/seed/${name}`, import.meta.url).pathname

const aws = podOf({ name: "aws-cli", namespace: "default", uid: "9d0c1f6e-58a4-4a77-9c53-7a0b5e4f5a11" })

/** The life of the seed's pod, as its cluster would have recorded it with requests, responses and events. */
const life = [
  capacityPatch(-86_000),
  aws.create(0, { user: "kubernetes-admin", agent: "kubectl/v1.22.12 (linux/amd64) kubernetes/1a2b3c4" }),
  aws.bind(14.2),
  aws.event(61, "SecurityGroupRequested", "Pod will get the following Security Groups [sg-079157a483bcb371f]"),
  aws.annotate(912.7),
  aws.event(930, "ResourceAllocated", `Allocated ${annotation()} to the pod`),
  aws.status(1_204, { phase: "Pending", conditions: [{ type: "Ready", status: "False", reason: "ContainersNotReady" }] }),
  aws.status(14_380, { phase: "Running", conditions: [{ type: "Ready", status: "True" }], podIP: "192.168.26.162" }),
  aws.remove(74_000, 30, { user: "kubernetes-admin" }),
  aws.remove(105_310, 0)
]

const busy = (() => {
  const served = Array.from({ length: 40 }, (_, index) => {
    const pod = podOf({ name: `web-${index}`, namespace: "shop", uid: `5f0e0000-0000-4000-8000-0000000000${String(index).padStart(2, "0")}` })
    return [pod.create(index * 700), pod.bind(index * 700 + 18 + index % 7), pod.annotate(index * 700 + 300 + (index * 37) % 400)]
  }).flat()
  const slipped = podOf({ name: "ledger-1", namespace: "shop", uid: "5f0e0000-0000-4000-8000-000000000100", asks: false })
  const stuck = podOf({ name: "report-1", namespace: "shop", uid: "5f0e0000-0000-4000-8000-000000000101" })
  const other = podOf({ name: "web-7", namespace: "shop", uid: "5f0e0000-0000-4000-8000-000000000007" })
  const cninode = auditRecord({ verb: "patch", user: "system:serviceaccount:kube-system:aws-node", agent: "aws-node/v1.20.4", about: { resource: "cninodes", name: node, apiGroup: "vpcresources.k8s.aws" }, request: { spec: { features: [{ name: "SecurityGroupsForPods" }] } }, at: -90_000 })
  return [
    cninode,
    capacityPatch(-86_000),
    ...served,
    slipped.create(30_000, { annotations: admitted("failed open"), received: 19_990 }),
    stuck.create(31_000),
    stuck.bind(31_022),
    stuck.event(31_900, "BranchAllocationFailed", "failed to allocate branch ENI to pod: InsufficientFreeAddressesInSubnet", "Warning"),
    other.annotate(45_000, "[]", { user: "kubernetes-admin", agent: "kubectl/v1.33.5 (linux/amd64)" }),
    ...Array.from({ length: 300 }, (_, index) => lease(index * 2_000))
  ]
})()

describe("screens of docs/cli/trace.md", () => {
  it("show one pod's story", async () => {
    writeFileSync("audit.log", linesOf(life))
    expectBlock("trace.md", "pod", screen("branchline trace pod aws-cli audit.log", await podScreen("default", "aws-cli", "audit.log")))
  })

  it("show the seed's records", async () => {
    const text = await podScreen("default", "aws-cli", seed("audit-pod-create.json"), seed("audit-node-status-patch.json"))
    expectBlock("trace.md", "seed", screen("branchline trace pod aws-cli audit-pod-create.json audit-node-status-patch.json", text))
  })

  it("show a window", async () => {
    writeFileSync("audit.log", linesOf(busy))
    expectBlock("trace.md", "window", screen("branchline trace window --top 3 audit.log", await shown(traceWindow(from("audit.log"), { ...judged, top: 3, most: 1_000 }))))
  })

  it("show what could not be read", async () => {
    const lines = life.map((record) => JSON.stringify(record))
    writeFileSync("audit.log", [...lines.slice(0, 3), `${lines[3]}${lines[4]}`, lines[5]!.slice(0, 200), lines[2], JSON.stringify(aws.bind(80_000, { stage: "RequestReceived" }))].join("\n"))
    const text = await shown(traceWindow(from("audit.log"), { ...judged, top: 3, most: 1_000 }))
    expectBlock("trace.md", "broken", screen("branchline trace window audit.log | tail -7", text.split("\n").slice(-7).join("\n")))
  })
})
