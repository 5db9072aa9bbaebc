import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { routeTables } from "../../src/lint/RouteReads.js"
import { isPublic, nodesInPublicSubnets, type RouteTable, vpcsOf } from "../../src/lint/Routes.js"
import { lookAt, makeWorld, played } from "../support/Live.js"

const table = (vpcId: string, more: Partial<RouteTable>): RouteTable => ({ vpcId, main: false, subnetIds: [], toInternet: false, ...more })

describe("a subnet", () => {
  const own = table("vpc-1", { subnetIds: ["subnet-1"], toInternet: true })
  const main = table("vpc-1", { main: true })
  it("is public where its own route table leads to an internet gateway, whatever the main one does", () => {
    expect(isPublic({ subnetId: "subnet-1", vpcId: "vpc-1" }, [main, own])).toBe(true)
    expect(isPublic({ subnetId: "subnet-1", vpcId: "vpc-1" }, [{ ...main, toInternet: true }, { ...own, toInternet: false }])).toBe(false)
  })

  it("without a table of its own goes by the main one of its VPC", () => {
    expect(isPublic({ subnetId: "subnet-2", vpcId: "vpc-1" }, [{ ...main, toInternet: true }, own])).toBe(true)
    expect(isPublic({ subnetId: "subnet-2", vpcId: "vpc-1" }, [{ ...main, vpcId: "vpc-2", toInternet: true }, own])).toBe(false)
  })

  it("tells which nodes are in it", () => {
    const look = played(Effect.gen(function*() {
      const world = yield* makeWorld()
      yield* Effect.sleep("30 seconds")
      return yield* lookAt(world, { aws: true })
    }))
    const [vpc = ""] = vpcsOf(look)
    const nodes = "items" in look.cluster.nodes ? look.cluster.nodes.items.map(({ metadata }) => metadata.name) : []
    expect(nodes.length).toBeGreaterThan(0)
    expect(nodesInPublicSubnets(look, [table(vpc, { main: true, toInternet: true })])).toEqual(nodes.sort())
    expect(nodesInPublicSubnets(look, [table(vpc, { main: true })])).toEqual([])
  })
})

const answer = (next: string): string => `<?xml version="1.0" encoding="UTF-8"?>
<DescribeRouteTablesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
  <routeTableSet>
    <item><routeTableId>rtb-1${next}</routeTableId><vpcId>vpc-1</vpcId>
      <routeSet>
        <item><destinationCidrBlock>10.0.0.0/16</destinationCidrBlock><gatewayId>local</gatewayId><state>active</state></item>
        <item><destinationCidrBlock>0.0.0.0/0</destinationCidrBlock><gatewayId>igw-1</gatewayId><state>${next === "" ? "blackhole" : "active"}</state></item>
      </routeSet>
      <associationSet><item><main>${next === ""}</main><subnetId>subnet-${next}</subnetId></item></associationSet>
    </item>
  </routeTableSet>
  ${next === "" ? "" : `<nextToken>${next}</nextToken>`}
</DescribeRouteTablesResponse>`

describe("EC2's route tables", () => {
  const asked: Array<URLSearchParams> = []
  let refuse = false
  let server: Server
  beforeAll(async () => {
    process.env["AWS_ACCESS_KEY_ID"] = "AKIDEXAMPLE"
    process.env["AWS_SECRET_ACCESS_KEY"] = "secret"
    server = createServer((request, response) => {
      let body = ""
      request.on("data", (chunk: Buffer) => (body += chunk.toString()))
      request.on("end", () => {
        const form = new URLSearchParams(body)
        asked.push(form)
        response.statusCode = refuse ? 403 : 200
        response.end(refuse
          ? "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized to perform this operation.</Message></Error></Errors><RequestID>1</RequestID></Response>"
          : answer(form.get("NextToken") === null ? "2" : ""))
      })
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  })
  afterAll(() => void server.close())

  const read = () =>
    Effect.runPromise(Effect.scoped(Effect.result(routeTables({ region: "eu-west-1", endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, profile: undefined }, ["vpc-1"]))))

  it("are read by describes alone, page by page", async () => {
    expect(await read()).toMatchObject({
      success: [
        { vpcId: "vpc-1", main: false, subnetIds: ["subnet-2"], toInternet: true },
        { vpcId: "vpc-1", main: true, toInternet: false }
      ]
    })
    expect(asked.map((form) => [form.get("Action"), form.get("Filter.1.Value.1"), form.get("NextToken")])).toEqual([["DescribeRouteTables", "vpc-1", null], ["DescribeRouteTables", "vpc-1", "2"]])
  })

  it("that may not be read are told, with the reason", async () => {
    refuse = true
    expect(await read()).toMatchObject({ failure: expect.stringContaining("UnauthorizedOperation") })
  })
})
