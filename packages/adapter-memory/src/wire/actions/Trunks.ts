import type { AssociationId, EniId, VlanId } from "@branchline/core/model/Ids"
import { Result } from "effect"
import { associate, endAssociation } from "../../ec2/Associations.js"
import { oncePerToken } from "../../ec2/ClientTokens.js"
import { notFound, type Refusal, rejected } from "../../ec2/Refusal.js"
import type { Association } from "../../ec2/World.js"
import { type Action, action } from "../Action.js"
import { describing } from "../Describing.js"
import type { Fields } from "../Document.js"
import type { Form } from "../Form.js"
import { requiredId, whole } from "../Parameters.js"

// IAM knows no resource for associations: a policy can only say `*`. Source: Service Authorization Reference, AssociateTrunkInterface.

const associationFields = ({ associationId, branchId, trunkId, vlanId }: Association): Fields => ({
  associationId,
  branchInterfaceId: branchId,
  trunkInterfaceId: trunkId,
  interfaceProtocol: "VLAN",
  vlanId
})

/** Either a VLAN id or a GRE key (Amazon EC2 API Reference, AssociateTrunkInterface); a trunk on an instance takes VLAN ids. IEEE 802.1Q has 1 to 4094. */
const vlanAsked = (given: Form): Result.Result<VlanId, Refusal> => {
  if (given.text("GreKey") !== undefined) return Result.fail(rejected("GreKey is not supported: a trunk interface of an instance takes a VlanId.", "UnsupportedOperation"))
  return Result.flatMap(whole(given, "VlanId"), (vlanId) => {
    if (vlanId === undefined) return Result.fail(rejected("The request must contain the parameter VlanId", "MissingParameter"))
    return vlanId >= 1 && vlanId <= 4_094 ? Result.succeed(vlanId as VlanId) : Result.fail(rejected(`The VLAN ID '${vlanId}' is not valid: 1 to 4094.`))
  })
}

const associateTrunk = action("AssociateTrunkInterface", {
  takes: ["BranchInterfaceId", "TrunkInterfaceId", "VlanId", "GreKey", "ClientToken"],
  read: (given) =>
    Result.all({
      branchId: requiredId<EniId>(given, "BranchInterfaceId", "eni"),
      trunkId: requiredId<EniId>(given, "TrunkInterfaceId", "eni"),
      vlanId: vlanAsked(given),
      clientToken: Result.succeed(given.text("ClientToken"))
    }),
  effect: ({ clientToken, ...wanted }, { world }, now) => {
    const run = () => associate(world, wanted, now)
    const parameters = { TrunkInterfaceId: wanted.trunkId, BranchInterfaceId: wanted.branchId, VlanId: wanted.vlanId }
    return clientToken === undefined ? run() : oncePerToken(world.tokens.associates, clientToken, parameters, run)
  },
  summary: (associationId) => associationId,
  answer: (associationId, _, { clientToken, ...wanted }) => ({ interfaceAssociation: associationFields({ associationId, ...wanted }), clientToken })
})

const disassociateTrunk = action("DisassociateTrunkInterface", {
  takes: ["AssociationId", "ClientToken"],
  read: (given) =>
    Result.all({
      associationId: requiredId<AssociationId>(given, "AssociationId", "trunk-assoc"),
      clientToken: Result.succeed(given.text("ClientToken"))
    }),
  effect: ({ associationId, clientToken }, { world }, now) => {
    const run = () => endAssociation(world, associationId, now)
    return clientToken === undefined ? run() : oncePerToken(world.tokens.disassociates, clientToken, { AssociationId: associationId }, run)
  },
  answer: (_, __, { clientToken }) => ({ return: true, clientToken })
})

const describe = describing<Association, AssociationId>("DescribeTrunkInterfaceAssociations", {
  ids: {
    name: "AssociationId",
    prefix: "trunk-assoc",
    of: ({ associationId }) => associationId,
    missing: (associationId) => notFound("association", associationId)
  },
  size: { least: 5, most: 255 },
  rows: ({ calling: { world } }, asked) =>
    asked.length === 0 ? [...world.associations.values()] : asked.flatMap((associationId) => world.associations.get(associationId) ?? []),
  filters: () => ({
    "gre-key": () => [],
    "interface-protocol": () => ["VLAN"],
    // The API Reference does not name this one; upstream has always used it (pkg/aws/ec2/api/helper.go, v1.8.2).
    "trunk-interface-association.trunk-interface-id": ({ trunkId }) => [trunkId]
  }),
  set: "interfaceAssociationSet",
  show: (rows) => rows.map(associationFields)
})

export const trunkActions: ReadonlyArray<Action> = [associateTrunk, disassociateTrunk, describe]
