import { CreateTagsCommand, DescribeInstancesCommand, DescribeNetworkInterfacesCommand, type EC2Client, paginateDescribeNetworkInterfaces } from "@aws-sdk/client-ec2"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { furnished, outcome, present, run } from "./Serving.js"

/** How many of so many calls at once are granted, and the time that they took, in seconds. */
const granted = async (count: number, call: () => Promise<unknown>) => {
  const began = await present()
  const outcomes = await Promise.all(Array.from({ length: count }, () => outcome(call())))
  expect(new Set(outcomes)).toEqual(new Set(["done", "RequestLimitExceeded 503"]))
  return { calls: outcomes.filter((one) => one === "done").length, seconds: ((await present()) - began) / 1_000 }
}

describe("EC2's documented rates", () => {
  it("grant 50 calls that change something at once and 5 a second, 100 and 20 of those that look; each action has its own", async () => {
    const { control, ec2Client, instanceId } = await furnished({ throttle: {} })
    const client: EC2Client = ec2Client()
    const tag = () => client.send(new CreateTagsCommand({ Resources: [instanceId], Tags: [{ Key: "a", Value: "b" }] }))
    const look = () => client.send(new DescribeInstancesCommand())
    for (const [call, burst, refill] of [[tag, 50, 5], [look, 100, 20]] as const) {
      const { calls, seconds } = await granted(burst * 2, call)
      expect(calls).toBeGreaterThanOrEqual(burst)
      expect(calls).toBeLessThanOrEqual(burst + Math.ceil(seconds * refill))
    }
    const { tokens } = await run(control.snapshot)
    expect(Object.keys(tokens)).toEqual(["CreateTags", "DescribeInstances"])
    const counts = await run(control.counts)
    expect(counts["CreateTags"]?.calls).toBe(100)
    expect(counts["CreateTags"]?.refused["RequestLimitExceeded"]).toBeGreaterThan(0)
  })
})

describe("2,500 interfaces", () => {
  it("come in pages of at most 1,000, each once", async () => {
    const { control, ec2Client, subnetId } = await furnished()
    const made = await run(Effect.forEach(Array.from({ length: 2_500 }, (_, index) => index), (index) =>
      control.createForeignInterface({ subnetId, tags: { index: String(index) } }), { concurrency: 50 }))
    const pages: Array<ReadonlyArray<string>> = []
    for await (const { NetworkInterfaces = [] } of paginateDescribeNetworkInterfaces({ client: ec2Client(), pageSize: 1_000 }, { Filters: [{ Name: "tag-key", Values: ["index"] }] })) {
      pages.push(NetworkInterfaces.map(({ NetworkInterfaceId: id = "" }) => id))
    }
    expect(pages.map(({ length }) => length)).toEqual([1_000, 1_000, 500])
    expect(new Set(pages.flat())).toEqual(new Set(made.map(({ eniId }) => eniId)))
    expect((await run(control.counts))["DescribeNetworkInterfaces"]).toEqual({ calls: 3, refused: {} })
    expect(await outcome(ec2Client().send(new DescribeNetworkInterfacesCommand({ MaxResults: 1_001 })))).toBe("InvalidParameterValue 400")
  })
})
