import { EniId, InstanceId, SecurityGroupId, VlanId } from "@branchline/core/model/Ids"
import type { Ec2Error } from "@branchline/core/ports/Ec2Error"
import { Effect, Schema } from "effect"
import type { Control } from "../../ec2/Control.js"
import { type Asked, read, type Route, Wrong } from "./Route.js"

const text = Schema.optionalKey(Schema.String)
const Groups = Schema.optionalKey(Schema.Array(SecurityGroupId))

const NewSubnet = Schema.Struct({
  cidr: Schema.String,
  subnetId: text,
  vpcId: text,
  zone: text,
  ipv6Cidr: text,
  assignIpv6: Schema.optionalKey(Schema.Boolean)
})

const NewGroup = Schema.Struct({ groupId: Schema.optionalKey(SecurityGroupId), vpcId: text })

const NewInstance = Schema.Struct({ type: Schema.String, subnetId: Schema.String, instanceId: Schema.optionalKey(InstanceId), groups: Groups, reservationId: text })

const Foreign = Schema.Struct({
  subnetId: Schema.String,
  groups: Groups,
  description: text,
  tags: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
  type: Schema.optionalKey(Schema.Literals(["trunk", "interface"])),
  under: Schema.optionalKey(Schema.Struct({ trunkId: EniId, vlanId: VlanId })),
  attachTo: Schema.optionalKey(Schema.Struct({ instanceId: InstanceId, deviceIndex: Schema.Int }))
})

/** JSON has no infinity: null, too, gives back all addresses. */
const Free = Schema.NullOr(Schema.Finite)

const done = (asked: Effect.Effect<unknown, Ec2Error>): Effect.Effect<unknown, Wrong> =>
  Effect.mapError(asked, ({ code, message }) => new Wrong({ status: 422, message, code }))

/** `POST control/<method>`: the rest of the world acts; the body is the method's arguments in an array. */
export const commandRoutes = (control: Control): ReadonlyArray<Route> => {
  const command = <S extends Schema.Decoder<unknown>>(method: keyof Control, given: S, run: (given: S["Type"]) => Effect.Effect<unknown, Ec2Error>): Route => {
    const parameters = read(given, `control/${method} takes its arguments as a JSON array`)
    return { method: "POST", path: `control/${method}`, run: ({ body }: Asked) => Effect.flatMap(parameters(body ?? []), (read) => done(run(read))) }
  }
  return [
    command("addSubnet", Schema.Tuple([NewSubnet]), ([subnet]) => control.addSubnet(subnet)),
    command("addSecurityGroup", Schema.Tuple([Schema.optionalKey(NewGroup)]), ([group]) => control.addSecurityGroup(group)),
    command("removeSecurityGroup", Schema.Tuple([SecurityGroupId]), ([groupId]) => control.removeSecurityGroup(groupId)),
    command("launchInstance", Schema.Tuple([NewInstance]), ([instance]) => control.launchInstance(instance)),
    command("terminateInstance", Schema.Tuple([InstanceId]), ([instanceId]) => control.terminateInstance(instanceId)),
    command("forgetInstance", Schema.Tuple([InstanceId]), ([instanceId]) => control.forgetInstance(instanceId)),
    command("deleteInterfaceByHand", Schema.Tuple([EniId]), ([eniId]) => control.deleteInterfaceByHand(eniId)),
    command("createForeignInterface", Schema.Tuple([Foreign]), ([foreign]) => control.createForeignInterface(foreign)),
    command("setFreeAddresses", Schema.Tuple([Schema.String, Free]), ([subnetId, free]) => control.setFreeAddresses(subnetId, free ?? Infinity))
  ]
}
