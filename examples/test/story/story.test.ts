import { describe, expect, it } from "vitest"
import { textAt } from "@branchline/adapter-memory/kubernetes/Document"
import { podEni } from "@branchline/core/model/Names"
import { parseDuration } from "../../src/story/Durations.js"
import { actionCounts } from "../../src/story/Ec2View.js"
import { colourless } from "../../src/story/Style.js"
import { summaryLines } from "../../src/story/Summary.js"
import { timelineOf } from "../../src/story/timeline/Timeline.js"
import { webhookCalls } from "../../src/story/WebhookCalls.js"
import { group, phaseOf, playNow, playSeed, pod, policy, storyOf } from "./support.js"

const workloads = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: front }
spec: { replicas: 3, template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: c, image: i }] } } }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db }
spec: { replicas: 2, template: { metadata: { labels: { app: db } }, spec: { containers: [{ name: c, image: i }] } } }
---
apiVersion: batch/v1
kind: Job
metadata: { name: load }
spec:
  completions: 2
  parallelism: 2
  template:
    metadata: { labels: { app: web } }
    spec: { restartPolicy: Never, containers: [{ name: c, image: i, command: [sleep, "3"] }] }
`

describe("one's own manifests", () => {
  it("Deployments, StatefulSets and Jobs make their pods, and those that match get the policy's groups", () => {
    const recording = playNow(storyOf([policy, workloads], { nodes: 3 }))
    const names = recording.pods.map((one) => textAt(one, "metadata", "name") ?? "")
    expect(names.filter((name) => name.startsWith("front-"))).toHaveLength(3)
    expect(names.filter((name) => name.startsWith("db-"))).toEqual(["db-0", "db-1"])
    expect(names.filter((name) => name.startsWith("load-"))).toHaveLength(2)
    for (const one of recording.pods) {
      const name = textAt(one, "metadata", "name") ?? ""
      expect(textAt(one, "status", "phase")).toBe(name.startsWith("load-") ? "Succeeded" : "Running")
      expect(textAt(one, "metadata", "annotations", podEni) !== undefined).toBe(!name.startsWith("db-"))
    }
    expect(recording.nodes).toHaveLength(3)
    expect(recording.violations).toEqual([])
  })

  it("an ENIConfig's subnet and a ConfigMap's cooldown count", () => {
    const settings = `
apiVersion: crd.k8s.amazonaws.com/v1alpha1
kind: ENIConfig
metadata: { name: eu-west-1a }
spec: { subnet: subnet-0123456789abcdef0, securityGroups: [sg-0bbbbbbbbbbbbbbbb] }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: amazon-vpc-cni, namespace: kube-system }
data: { branch-eni-cooldown: "30" }
`
    const { audit, calls, pods } = playNow(storyOf([settings, policy, pod("a"), pod("b")], { cooldown: 60_000, deletions: ["a"], watch: 50_000 }))
    expect(pods.map((one) => textAt(one, "status", "podIP"))).toEqual([expect.stringMatching(/^192\.168\.3[2-9]\./)])
    const gone = audit.findLast(({ objectRef, verb }) => verb === "delete" && objectRef.name === "a")?.stageTimestamp ?? ""
    const released = calls.find(({ action }) => action === "DisassociateTrunkInterface")?.at
    expect(released).toBeGreaterThanOrEqual(Date.parse(gone) + 30_000)
    expect(released).toBeLessThan(Date.parse(gone) + 35_000)
  })

  it("a group that EC2 does not know keeps the pod waiting, and the summary says so with the mend", () => {
    const recording = playNow(storyOf([policy, pod("a")], { missingGroups: new Set([group]), watch: 20_000 }))
    expect(phaseOf(recording, "a")).toBe("Pending")
    expect(actionCounts(recording.calls).find(({ action }) => action === "CreateNetworkInterface")?.refused).toBeGreaterThanOrEqual(1)
    const summary = summaryLines(recording, colourless).join(" ").replaceAll(/\s+/g, " ")
    expect(summary).toContain("InvalidGroup.NotFound")
    expect(summary).toContain("next: mend the group ids of policy web")
    expect(summary).toContain("1 of 1 pods still wait: a.")
  })

  it("without nodes every pod waits for one", () => {
    const recording = playNow(storyOf([policy, pod("a")], { nodes: 0, watch: 5_000 }))
    expect(recording.podStories[0]?.waitsFor.cause._tag).toBe("NoNodeOffers")
  })
})

describe("the timeline", () => {
  const recording = playSeed()
  const timeline = timelineOf(recording)

  it("is in order, and every actor has a part", () => {
    const times = timeline.map(({ at }) => at)
    expect(times).toEqual([...times].sort((a, b) => a - b))
    expect([...new Set(timeline.map(({ actor }) => actor))].sort()).toEqual(
      ["CNI", "EC2", "aws-node", "controller", "kubectl", "kubelet", "scheduler", "webhook"]
    )
  })

  it("tells every EC2 call and every event", () => {
    expect(timeline.filter(({ actor }) => actor === "EC2")).toHaveLength(recording.calls.length)
    expect(timeline.filter(({ text }) => text.startsWith("event "))).toHaveLength(recording.events.length)
  })

  it("the first sandbox comes before the annotation, as in the record", () => {
    const at = (start: string) => timeline.findIndex(({ text }) => text.startsWith(start))
    expect(at("no network for pod aws-cli")).toBeLessThan(at("annotates pod aws-cli"))
    expect(at("annotates pod aws-cli")).toBeLessThan(at("event SandboxChanged"))
  })
})

describe("small things", () => {
  it("a length of time is Go's", () => {
    const cases = [["90s", 90_000], ["1m30s", 90_000], ["1.5h", 5_400_000], ["250ms", 250]] as const
    for (const [text, millis] of cases) expect(parseDuration(text)).toMatchObject({ value: millis })
    for (const text of ["", "90", "s", "5x", "-5s", "5s x"]) expect(parseDuration(text)).toMatchObject({ _tag: "None" })
  })

  it("a webhook that was passed over is told apart from one that changed nothing", () => {
    const mutation = JSON.stringify({ configuration: "c", webhook: "w", mutated: false })
    expect(webhookCalls({
      "mutation.webhook.admission.k8s.io/round_0_index_1": mutation,
      "failed-open.mutation.webhook.admission.k8s.io/round_0_index_1": "w",
      "mutation.webhook.admission.k8s.io/round_0_index_0": mutation
    }).map(({ failedOpen, index }) => [index, failedOpen])).toEqual([[0, false], [1, true]])
  })
})
