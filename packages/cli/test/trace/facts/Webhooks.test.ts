import { describe, expect, it } from "vitest"
import seed from "../../../../core/test/fixtures/seed/audit-pod-create.json" with { type: "json" }
import { failedOpen, gaveResource, webhookCalls } from "../../../src/trace/facts/Webhooks.js"
import { admitted } from "../support/Records.js"

describe("what webhooks did", () => {
  it("is told round by round, in the order of the cluster's webhooks", () => {
    const calls = webhookCalls(seed.annotations)
    expect(calls.map(({ index, outcome, round, webhook }) => [round, index, webhook, outcome])).toEqual([
      [0, 0, "0500-amazon-eks-fargate-mutation.amazonaws.com", "unchanged"],
      [0, 2, "iam-for-pods.amazonaws.com", "unchanged"],
      [0, 3, "mpod.vpc.k8s.aws", "mutated"],
      [1, 2, "iam-for-pods.amazonaws.com", "unchanged"],
      [1, 3, "mpod.vpc.k8s.aws", "unchanged"]
    ])
    expect(calls[2]?.patch).toHaveLength(2)
    expect(gaveResource(calls)).toBe(true)
  })

  it("is a failure where it failed open, though the server notes a change of nothing, too", () => {
    const calls = webhookCalls(admitted("failed open"))
    expect(calls).toMatchObject([{ outcome: "failed open", configuration: "vpc-resource-mutating-webhook" }])
    expect(failedOpen(calls)).toBe(true)
    expect(gaveResource(calls)).toBe(false)
  })

  it("is no failure of ours where another webhook, or one that only validates, failed open", () => {
    expect(failedOpen(webhookCalls({
      "failed-open.mutation.webhook.admission.k8s.io/round_0_index_0": "another.example",
      "failed-open.validating.webhook.admission.k8s.io/round_0_index_0": "vpod.vpc.k8s.aws"
    }))).toBe(false)
  })

  it("is known without the patch, which only records with requests have", () => {
    const { "patch.webhook.admission.k8s.io/round_0_index_3": _, ...metadata } = admitted("patched")
    expect(gaveResource(webhookCalls(metadata))).toBe(true)
  })

  it("is left out where it cannot be read", () => {
    expect(webhookCalls({ "mutation.webhook.admission.k8s.io/round_0_index_3": "no JSON", "mutation.webhook.admission.k8s.io/other": "{}", "unrelated": "x" })).toMatchObject([{ webhook: "a webhook", outcome: "unchanged" }])
    expect(webhookCalls(undefined)).toEqual([])
  })
})
