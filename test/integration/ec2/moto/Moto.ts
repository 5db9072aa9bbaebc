import { join } from "node:path"
import { CreateSecurityGroupCommand, CreateSubnetCommand, CreateVpcCommand, EC2Client, RunInstancesCommand } from "@aws-sdk/client-ec2"
import type { InstanceId, SecurityGroupId } from "@branchline/core/model/Ids"
import { Effect, type Scope } from "effect"
import { eventually, freePorts, start } from "../../support/Program.js"
import { pythonPrograms } from "../../support/Python.js"

/** moto's server, until the scope ends: its address. */
export const startMoto: Effect.Effect<string, never, Scope.Scope> = Effect.gen(function*() {
  const programs = yield* Effect.promise(pythonPrograms)
  const [port = 0] = yield* Effect.promise(() => freePorts(1))
  const url = `http://127.0.0.1:${port}`
  const program = yield* Effect.acquireRelease(
    Effect.sync(() => start(join(programs, "moto_server"), ["--host", "127.0.0.1", "--port", String(port)])),
    ({ stop }) => Effect.promise(() => stop("SIGKILL"))
  )
  yield* Effect.promise(() =>
    eventually("moto serves", async () => {
      if (program.child.exitCode !== null) throw new Error(program.output())
      return (await fetch(`${url}/moto-api/data.json`)).ok ? true : undefined
    })
  )
  return url
})

const named = (value: string | undefined): string => {
  if (value === undefined) throw new Error("moto answers without an id")
  return value
}

/** What the port cannot make: a VPC with a subnet, security groups, and instances. */
export const furnish = (url: string, region: string) =>
  Effect.gen(function*() {
    const client = yield* Effect.acquireRelease(Effect.sync(() => new EC2Client({ region, endpoint: url })), (one) => Effect.sync(() => one.destroy()))
    return yield* Effect.promise(async () => {
      const { Vpc } = await client.send(new CreateVpcCommand({ CidrBlock: "192.168.0.0/16" }))
      const VpcId = named(Vpc?.VpcId)
      const { Subnet } = await client.send(new CreateSubnetCommand({ VpcId, CidrBlock: "192.168.0.0/19" }))
      const subnetId = named(Subnet?.SubnetId)
      const group = async (name: string): Promise<SecurityGroupId> =>
        named((await client.send(new CreateSecurityGroupCommand({ VpcId, GroupName: name, Description: name }))).GroupId) as SecurityGroupId
      const groups = [await group("one"), await group("two")] as const
      const launch = async (): Promise<InstanceId> => {
        const { Instances } = await client.send(new RunInstancesCommand({ ImageId: "ami-12c6146b", InstanceType: "m5.large", SubnetId: subnetId, MinCount: 1, MaxCount: 1 }))
        return named(Instances?.[0]?.InstanceId) as InstanceId
      }
      return { subnetId, groups, launch }
    })
  })
