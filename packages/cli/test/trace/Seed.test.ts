import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { colourless } from "../../src/output/Style.js"
import { type From, tracePod, traceWindow } from "../../src/trace/Ask.js"

const path = (name: string): string => new URL(`../../../core/test/fixtures/seed/${name}`, import.meta.url).pathname
const files = [path("audit-pod-create.json"), path("audit-node-status-patch.json")]

const from: From = { files, logGroup: undefined, region: undefined, profile: undefined, endpoint: undefined, since: undefined, from: undefined, to: undefined, progress: undefined, poll: 1 }
const judged = { controllers: [], stuckAfter: 60_000 }
const node = "ip-192-168-31-166.eu-west-1.compute.internal"
const controller = "system:serviceaccount:kube-system:eks-vpc-resource-controller"

describe("the seed's audit records", () => {
  it("tell the seed's story: the controller's capacity, and a pod that the webhook gave its resource in round 0 and left alone in round 1", async () => {
    const { data, found } = await Effect.runPromise(Effect.scoped(tracePod(from, { _tag: "Name", namespace: "default", name: "aws-cli" }, judged)))
    const [pod] = data.pods
    expect(data.pods).toHaveLength(1)
    expect(pod).toMatchObject({ namespace: "default", name: "aws-cli", asks: "yes", findings: [] })
    expect(pod?.steps.map(({ text }) => text)).toEqual([
      `${node}: capacity vpc.amazonaws.com/pod-eni = 9 by ${controller} with controller/v0.0.0`,
      "created by somebody unnamed"
    ])
    expect(pod?.steps[1]?.details).toEqual([
      "asks for vpc.amazonaws.com/pod-eni",
      "round 0, webhook 0: 0500-amazon-eks-fargate-mutation.amazonaws.com changed nothing",
      "round 0, webhook 2: iam-for-pods.amazonaws.com of pod-identity-webhook changed nothing",
      "round 0, webhook 3: mpod.vpc.k8s.aws of vpc-resource-mutating-webhook changed the pod",
      "  add /spec/containers/0/resources/limits {\"vpc.amazonaws.com/pod-eni\":\"1\"}",
      "  add /spec/containers/0/resources/requests {\"vpc.amazonaws.com/pod-eni\":\"1\"}",
      "round 1, webhook 2: iam-for-pods.amazonaws.com of pod-identity-webhook changed nothing",
      "round 1, webhook 3: mpod.vpc.k8s.aws of vpc-resource-mutating-webhook changed nothing"
    ])
    expect(found).toBe(false)
  })

  it("say that the times are not known, instead of making some up", async () => {
    const { data, text } = await Effect.runPromise(Effect.scoped(tracePod(from, { _tag: "Name", namespace: "default", name: "aws-cli" }, judged)))
    expect(data.pods[0]?.steps.every(({ at, sinceCreated }) => at === undefined && sinceCreated === undefined)).toBe(true)
    expect(text({ width: 100, style: colourless })).toContain("(no time)")
  })

  it("are a window in which all is well", async () => {
    const { data, found } = await Effect.runPromise(Effect.scoped(traceWindow(from, { ...judged, top: 10, most: 1_000 })))
    expect(data).toMatchObject({
      pods: { created: 1, asked: 1, failedOpen: 0 },
      capacities: { count: 1, first: [{ node, field: "capacity", value: "9", user: controller, whose: "controller" }] },
      reading: { records: 2, broken: { count: 0 }, otherJson: 0 }
    })
    expect(found).toBe(false)
  })
})
