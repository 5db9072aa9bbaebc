import {
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeTagsCommand,
  DescribeTrunkInterfaceAssociationsCommand,
  paginateDescribeNetworkInterfaces
} from "@aws-sdk/client-ec2"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { furnished, refusal } from "./Wire.js"

const crowded = async (count: number) => {
  const made = await furnished()
  await Effect.runPromise(Effect.forEach(Array.from({ length: count - 1 }), () => made.ec2.control.createForeignInterface({ subnetId: made.subnetId })))
  return made
}

describe("pages", () => {
  it("2,500 interfaces come in three pages of the SDK's paginator, each once", async () => {
    const { client, log } = await crowded(2_500)
    const sizes: Array<number> = []
    const ids = new Set<string | undefined>()
    for await (const { NetworkInterfaces = [] } of paginateDescribeNetworkInterfaces({ client, pageSize: 1_000 }, {})) {
      sizes.push(NetworkInterfaces.length)
      for (const { NetworkInterfaceId } of NetworkInterfaces) ids.add(NetworkInterfaceId)
    }
    expect([sizes, ids.size]).toEqual([[1_000, 1_000, 500], 2_500])
    expect(log.counts()).toEqual({ DescribeNetworkInterfaces: { calls: 3, refused: {} } })
  })

  it("who names no size gets a thousand, and the token of the rest", async () => {
    const { client } = await crowded(1_001)
    const { NetworkInterfaces, NextToken } = await client.send(new DescribeNetworkInterfacesCommand({}))
    expect(NetworkInterfaces).toHaveLength(1_000)
    const rest = await client.send(new DescribeNetworkInterfacesCommand({ NextToken }))
    expect(rest.NetworkInterfaces).toHaveLength(1)
    expect(rest.NextToken).toBeUndefined()
  })

  it("a page shows what was there when the first was asked for; the same token gives the same page again", async () => {
    const { client, ec2 } = await crowded(12)
    const { NextToken } = await client.send(new DescribeNetworkInterfacesCommand({ MaxResults: 5 }))
    const { interfaces } = await Effect.runPromise(ec2.control.snapshot)
    await Effect.runPromise(ec2.control.deleteInterfaceByHand(interfaces.at(-1)!.eniId))
    const again = async () => (await client.send(new DescribeNetworkInterfacesCommand({ MaxResults: 1_000, NextToken }))).NetworkInterfaces?.length
    expect([await again(), await again()]).toEqual([7, 7])
  })

  it("a size out of bounds, ids with a size, a token that there is not, one of another action", async () => {
    const { client, instanceId } = await crowded(12)
    const faces = (input: object) => refusal(client.send(new DescribeNetworkInterfacesCommand(input)))
    expect(await faces({ MaxResults: 4 })).toMatchObject({ code: "InvalidParameterValue", message: "Value ( 4 ) for parameter maxResults is invalid. Expecting a value between 5 and 1000." })
    expect((await faces({ MaxResults: 1_001 })).code).toBe("InvalidParameterValue")
    expect((await faces({ MaxResults: 5, NetworkInterfaceIds: ["eni-0123456789abcdef0"] })).code).toBe("InvalidParameterCombination")
    expect((await refusal(client.send(new DescribeInstancesCommand({ MaxResults: 5, InstanceIds: [instanceId] })))).code).toBe("InvalidParameterCombination")
    expect((await refusal(client.send(new DescribeTrunkInterfaceAssociationsCommand({ MaxResults: 256 })))).code).toBe("InvalidParameterValue")
    expect((await faces({ NextToken: "nonsense" })).code).toBe("InvalidNextToken")
    const { NextToken } = await client.send(new DescribeNetworkInterfacesCommand({ MaxResults: 5 }))
    expect((await refusal(client.send(new DescribeTagsCommand({ NextToken })))).code).toBe("InvalidNextToken")
  })
})
