import * as Ec2Server from "@branchline/adapter-memory/ec2-server"
import { describe, expect, it } from "@effect/vitest"
import type { EniId, InstanceId } from "@branchline/core/model/Ids"
import type { NetworkInterface } from "@branchline/core/ports/Ec2"
import { Effect } from "effect"
import * as AwsEc2 from "../../src/AwsEc2.js"
import { withCredentials } from "../support/Credentials.js"
import { answer, answering, serve } from "../support/RawServer.js"

withCredentials()

const region = "eu-west-1"

const opened = Effect.gen(function*() {
  const { ec2, url } = yield* Ec2Server.make({ region, throttle: "off" })
  const { control } = ec2
  const { subnetId } = yield* control.addSubnet({ cidr: "10.0.0.0/16" })
  const { port } = yield* AwsEc2.make({ region, endpoint: url, account: "123456789012" })
  const make = (count: number, tags: (index: number) => Readonly<Record<string, string>>) =>
    Effect.forEach(Array.from({ length: count }, (_, index) => index), (index) => control.createForeignInterface({ subnetId, tags: tags(index) }))
  return { control, port, subnetId, make }
})

/** How many calls it took, as a server that knows nothing counts them. */
const counted = (body: string) =>
  Effect.gen(function*() {
    const { requests, url } = yield* serve(answering(() => answer(200, body)))
    const { port } = yield* AwsEc2.make({ region, endpoint: url, account: "123456789012" })
    const bodies = () => requests().map((request) => new URLSearchParams(request.slice(request.indexOf("\r\n\r\n") + 4)))
    return { port, bodies }
  })

const noInterfaces = "<DescribeNetworkInterfacesResponse><networkInterfaceSet/></DescribeNetworkInterfacesResponse>"
const noInstances = "<DescribeInstancesResponse><reservationSet/></DescribeInstancesResponse>"
const idsOf = (found: ReadonlyArray<NetworkInterface>) => found.map(({ eniId }) => eniId).sort()
const eni = (index: number) => `eni-${String(index).padStart(17, "0")}` as EniId

describe("describes", () => {
  it.live("are complete: 2,300 interfaces in three pages of 1,000", () =>
    Effect.gen(function*() {
      const { make, port } = yield* opened
      yield* make(2_300, () => ({ ours: "yes" }))
      yield* make(3, () => ({ ours: "no" }))
      expect(new Set(idsOf(yield* port.describeInterfaces({ tags: { ours: ["yes"] } }))).size).toBe(2_300)
    }))

  it.live("of more than 200 ids or tag values are several calls, and nobody is told twice", () =>
    Effect.gen(function*() {
      const { make, port } = yield* opened
      yield* make(450, (index) => ({ node: `i-${index}` }))
      const all = yield* port.describeInterfaces({})
      expect(all).toHaveLength(450)
      expect(idsOf(yield* port.describeInterfaces({ eniIds: all.map(({ eniId }) => eniId) }))).toEqual(idsOf(all))
      const values = Array.from({ length: 450 }, (_, index) => `i-${index}`)
      expect(idsOf(yield* port.describeInterfaces({ tags: { node: values } }))).toEqual(idsOf(all))
      // A wildcard in the first call finds what the last one names.
      expect(idsOf(yield* port.describeInterfaces({ tags: { node: ["i-4*", ...values] } }))).toEqual(idsOf(all))
    }))

  it.live("ask with 200 values at most, each once", () =>
    Effect.gen(function*() {
      const { bodies, port } = yield* counted(noInterfaces)
      const eniIds = Array.from({ length: 401 }, (_, index) => eni(index))
      yield* port.describeInterfaces({ eniIds: [...eniIds, ...eniIds], status: "available", tags: { a: ["b*", "c*d?\\"] } })
      const asked = bodies()
      const values = asked.map((body) => [...body].filter(([name]) => /^Filter\.1\.Value\.\d+$/.test(name)).map(([, value]) => value))
      expect(values.map(({ length }) => length)).toEqual([200, 200, 1])
      expect(values.flat()).toEqual(eniIds)
      expect(asked[0]?.get("MaxResults")).toBe("1000")
      expect(asked.map((body) => [body.get("Filter.2.Name"), body.get("Filter.2.Value.1"), body.get("Filter.3.Name")])).toEqual(asked.map(() => ["status", "available", "tag:a"]))
      expect([asked[0]?.get("Filter.3.Value.1"), asked[0]?.get("Filter.3.Value.2")]).toEqual(["b*", "c\\*d\\?\\\\"])
    }))

  it.live("of instances, too", () =>
    Effect.gen(function*() {
      const { bodies, port } = yield* counted(noInstances)
      yield* port.describeInstances(Array.from({ length: 201 }, (_, index) => `i-${index}` as InstanceId))
      expect(bodies()).toHaveLength(2)
    }))

  it.live("of nothing ask nobody", () =>
    Effect.gen(function*() {
      const { bodies, port } = yield* counted(noInterfaces)
      expect(yield* port.describeInterfaces({ eniIds: [] })).toEqual([])
      expect(yield* port.describeInterfaces({ tags: { a: [] } })).toEqual([])
      expect(yield* port.describeInstances([])).toEqual([])
      expect(yield* port.describeSubnets([])).toEqual([])
      expect(bodies()).toEqual([])
    }))

  it.live("leave out what does not exist, except subnets", () =>
    Effect.gen(function*() {
      const { control, make, port, subnetId } = yield* opened
      const { instanceId } = yield* control.launchInstance({ type: "m5.large", subnetId })
      yield* make(1, () => ({ a: "b" }))
      const [face] = yield* port.describeInterfaces({ tags: { a: ["b"] } })
      expect(idsOf(yield* port.describeInterfaces({ eniIds: [face?.eniId ?? eni(0), eni(1)] }))).toEqual([face?.eniId])
      expect((yield* port.describeInstances(["i-0ffffffffffffffff" as InstanceId, instanceId])).map((found) => found.instanceId)).toEqual([instanceId])
      expect(yield* Effect.flip(port.describeSubnets([subnetId, "subnet-0ffffffffffffffff"]))).toMatchObject({ reason: { _tag: "NotFound", thing: "subnet", id: "subnet-0ffffffffffffffff" } })
    }))

  it.live.each<readonly [answered: string, means: string]>([
    ["available", "available"],
    ["pending", "available"],
    ["in-use", "in-use"],
    ["associated", "in-use"],
    ["attaching", "in-use"],
    ["detaching", "in-use"],
    ["something-new", "in-use"]
  ])("an interface that EC2 calls %s is %s", ([status, means]) =>
    Effect.gen(function*() {
      const { port } = yield* counted(noInterfaces.replace("<networkInterfaceSet/>", `<networkInterfaceSet><item><networkInterfaceId>${eni(1)}</networkInterfaceId><status>${status}</status></item></networkInterfaceSet>`))
      expect((yield* port.describeInterfaces({})).map((face) => face.status)).toEqual([means])
    }))

  it.live("an answer without what was asked for is no \"there is none\"", () =>
    Effect.gen(function*() {
      const { port } = yield* counted("<html><body>Sign in to the network</body></html>")
      const errors = yield* Effect.all([
        Effect.flip(port.describeInterfaces({})),
        Effect.flip(port.describeInstances(["i-0ffffffffffffffff" as InstanceId])),
        Effect.flip(port.describeSubnets(["subnet-0ffffffffffffffff"]))
      ])
      expect(errors.map(({ code, reason }) => [code, reason._tag])).toEqual(errors.map(() => ["EmptyAnswer", "Unavailable"]))
    }))
})
