import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect } from "effect"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { type AwsAsked, besideLook } from "../../src/lint/AwsBeside.js"
import { backgroundOf } from "../../src/lint/FromLook.js"
import { groupOf } from "../../src/lint/Groups.js"
import { clusterRole } from "../../src/lint/RoleReads.js"
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

const attached = (first: boolean): string => `<ListAttachedRolePoliciesResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ListAttachedRolePoliciesResult>
  <AttachedPolicies><member><PolicyName>${first ? "AmazonEKSClusterPolicy" : "AmazonEKSVPCResourceController"}</PolicyName><PolicyArn>arn:aws:iam::aws:policy/a</PolicyArn></member></AttachedPolicies>
  <IsTruncated>${first}</IsTruncated>${first ? "<Marker>more</Marker>" : ""}
</ListAttachedRolePoliciesResult></ListAttachedRolePoliciesResponse>`

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

describe("AWS", () => {
  const asked: Array<string> = []
  let refused = ""
  let associated = "associated"
  let server: Server
  const endpoint = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const answered = (action: string, form: URLSearchParams): string => {
    switch (action) {
      case "DescribeRouteTables":
        return answer(form.get("NextToken") === null ? "2" : "")
      case "DescribeSecurityGroups":
        return `<DescribeSecurityGroupsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><securityGroupInfo><item>
          <groupId>sg-00000000000000001</groupId><groupName>a</groupName><vpcId>vpc-2</vpcId><ipPermissions/><ipPermissionsEgress/>
        </item></securityGroupInfo></DescribeSecurityGroupsResponse>`
      case "DescribeSecurityGroupVpcAssociations":
        return `<DescribeSecurityGroupVpcAssociationsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><securityGroupVpcAssociationSet><item>
          <groupId>sg-00000000000000001</groupId><vpcId>vpc-1</vpcId><state>${associated}</state>
        </item></securityGroupVpcAssociationSet></DescribeSecurityGroupVpcAssociationsResponse>`
      case "ListAttachedRolePolicies":
        return attached(form.get("Marker") === null)
      default:
        return JSON.stringify({ cluster: { name: "shop", roleArn: "arn:aws:iam::111122223333:role/eks/shop-cluster", resourcesVpcConfig: { vpcId: "vpc-1" } } })
    }
  }

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = ""
      request.on("data", (chunk: Buffer) => (body += chunk.toString()))
      request.on("end", () => {
        const form = new URLSearchParams(body)
        const action = form.get("Action") ?? `${request.method} ${request.url}`
        asked.push([action, form.get("RoleName") ?? form.get("Filter.1.Value.1"), form.get("NextToken") ?? form.get("Marker")].filter((part) => part !== null).join(" "))
        if (action === refused) response.statusCode = 403
        response.end(action === refused
          ? "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized.</Message></Error></Errors><RequestID>1</RequestID></Response>"
          : answered(action, form))
      })
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret", AWS_ENDPOINT_URL_EKS: endpoint(), AWS_ENDPOINT_URL_IAM: endpoint() })
  })
  afterAll(() => void server.close())
  beforeEach(() => {
    asked.length = 0
    refused = ""
  })

  const tables = () => Effect.runPromise(Effect.scoped(Effect.result(routeTables({ region: "eu-west-1", endpoint: endpoint(), profile: undefined }, ["vpc-1"]))))
  const role = () => Effect.runPromise(Effect.scoped(Effect.result(clusterRole({ cluster: "shop", region: "eu-west-1", profile: undefined }))))

  it("tells route tables by describes alone, page by page", async () => {
    expect(await tables()).toMatchObject({
      success: [
        { vpcId: "vpc-1", main: false, subnetIds: ["subnet-2"], toInternet: true },
        { vpcId: "vpc-1", main: true, toInternet: false }
      ]
    })
    expect(asked).toEqual(["DescribeRouteTables vpc-1", "DescribeRouteTables vpc-1 2"])
  })

  it("tells the cluster's role and all that is attached to it, by reads alone", async () => {
    expect(await role()).toMatchObject({ success: { vpc: "vpc-1", clusterRole: { name: "shop-cluster", policies: ["AmazonEKSClusterPolicy", "AmazonEKSVPCResourceController"] } } })
    expect(asked).toEqual(["GET /clusters/shop", "ListAttachedRolePolicies shop-cluster", "ListAttachedRolePolicies shop-cluster more"])
  })

  it.each([["DescribeRouteTables", tables, "UnauthorizedOperation"], ["ListAttachedRolePolicies", role, "iam:ListAttachedRolePolicies: "]] as const)("that refuses %s is told", async (action, read, said) => {
    refused = action
    expect(await read()).toMatchObject({ failure: expect.stringContaining(said) })
  })

  it("is asked about a look, and what it does not tell is said to be unknown", async () => {
    const look = played(Effect.gen(function*() {
      const world = yield* makeWorld()
      yield* Effect.sleep("30 seconds")
      return yield* lookAt(world, { aws: true })
    }))
    const background = backgroundOf(look)
    const beside = (more: Partial<AwsAsked> = {}) => Effect.runPromise(Effect.scoped(besideLook(background, look, { profile: undefined, endpoint: undefined, clusterName: "shop", groupIds: [], ...more })))
    const known = await beside({ endpoint: endpoint() })
    expect(known.aws.nodesInPublicSubnets).toEqual([])
    expect(known.notLooked).toEqual(["the cluster's IAM role (EC2 is at an endpoint of its own, and where EKS and IAM are is not known)"])
    process.env["AWS_ENDPOINT_URL_EC2"] = endpoint()
    const all = await beside()
    expect(all.aws.clusterRole?.name).toBe("shop-cluster")
    expect(all.notLooked).toEqual([])
    const [there, absent] = ["sg-00000000000000001", "sg-00000000000000002"]
    const grouped = (await beside({ groupIds: [there, absent, "rds", ...(background.aws.groupsAsked ?? [])] })).aws
    expect([groupOf(grouped, there), groupOf(grouped, absent), groupOf(grouped, "rds")]).toMatchObject([{ vpc: "vpc-2", associated: true }, "absent", undefined])
    expect(asked.filter((one) => one.startsWith("DescribeSecurityGroups"))).toEqual([`DescribeSecurityGroups ${there}`])
    associated = "disassociating"
    expect(groupOf((await beside({ groupIds: [there] })).aws, there)).toMatchObject({ associated: false })
    refused = "DescribeSecurityGroupVpcAssociations"
    const unlooked = await beside({ groupIds: [there] })
    expect(groupOf(unlooked.aws, there)).not.toHaveProperty("associated")
    expect(unlooked.notLooked).toEqual([expect.stringMatching(/^the security groups' associations with VPCs \(.*UnauthorizedOperation/)])
    refused = "DescribeSecurityGroups"
    expect((await beside({ groupIds: [there] })).notLooked).toEqual([expect.stringMatching(/^the manifests' security groups \(.*UnauthorizedOperation/)])
    refused = "DescribeRouteTables"
    expect((await beside()).notLooked).toEqual([expect.stringMatching(/^EC2's route tables \(.*UnauthorizedOperation/)])
    const unnamed = { ...look, cluster: { ...look.cluster, cniNodes: { items: [] } } }
    expect((await Effect.runPromise(Effect.scoped(besideLook(background, unnamed, { profile: undefined, endpoint: undefined, clusterName: undefined, groupIds: [] })))).notLooked).toContain(
      "the cluster's IAM role (the cluster's name is not known: say --cluster-name)"
    )
  })
})
