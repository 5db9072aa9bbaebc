import { ofEc2 } from "@branchline/core/controller/Texts"
import { SecurityGroupId } from "@branchline/core/model/Ids"
import { cniNodeClusterTag } from "@branchline/core/model/Names"
import { Effect, type Scope } from "effect"
import { itemsOf } from "../cluster/Found.js"
import type { Look } from "../cluster/Look.js"
import { type Background, groupFrom } from "./FromLook.js"
import { isGroupId } from "./rules/GroupIdMalformed.js"
import { nodesInPublicSubnets, vpcsOf } from "./Routes.js"

/** As whom AWS is asked, and where. */
export interface AwsAsked {
  readonly profile: string | undefined
  /** Where EC2 is; then nobody knows where EKS and IAM are. */
  readonly endpoint: string | undefined
  /** Where the CNINodes do not tell it. */
  readonly clusterName: string | undefined
  /** Groups that are of interest besides those that the cluster names. */
  readonly groupIds: ReadonlyArray<string>
}

const clusterNameOf = ({ cluster }: Look): string | undefined => {
  const names = new Set(itemsOf(cluster.cniNodes).flatMap(({ spec }) => spec?.tags?.[cniNodeClusterTag] ?? []))
  return names.size === 1 ? [...names][0] : undefined
}

const untold = (background: Background, what: string, why: string): Background => ({ ...background, notLooked: [...background.notLooked, `${what} (${why})`] })

const withRoutes = Effect.fnUntraced(function*(background: Background, look: Look, region: string, { endpoint, profile }: AwsAsked): Effect.fn.Return<Background, never, Scope.Scope> {
  const { routeTables } = yield* Effect.promise(() => import("./RouteReads.js"))
  return yield* Effect.match(routeTables({ region, profile, endpoint }, vpcsOf(look)), {
    onFailure: (why) => untold(background, "EC2's route tables", why),
    onSuccess: (tables) => ({ ...background, aws: { ...background.aws, nodesInPublicSubnets: nodesInPublicSubnets(look, tables) } })
  })
})

const withRole = Effect.fnUntraced(function*(background: Background, look: Look, region: string, asked: AwsAsked): Effect.fn.Return<Background, never, Scope.Scope> {
  const cluster = asked.clusterName ?? clusterNameOf(look)
  if (cluster === undefined) return untold(background, "the cluster's IAM role", "the cluster's name is not known: say --cluster-name")
  if (asked.endpoint !== undefined) return untold(background, "the cluster's IAM role", "EC2 is at an endpoint of its own, and where EKS and IAM are is not known")
  const { clusterRole } = yield* Effect.promise(() => import("./RoleReads.js"))
  return yield* Effect.match(clusterRole({ cluster, region, profile: asked.profile }), {
    onFailure: (why) => untold(background, "the cluster's IAM role", why),
    onSuccess: (facts) => ({ ...background, aws: { ...background.aws, ...facts } })
  })
})

const withGroups = Effect.fnUntraced(function*(background: Background, region: string, { endpoint, groupIds, profile }: AwsAsked): Effect.fn.Return<Background, never, Scope.Scope> {
  const { aws } = background
  const { groups, groupsAsked = [] } = aws
  const missing = groupIds.filter((id) => isGroupId(id) && !groupsAsked.includes(id)).map((id) => SecurityGroupId.make(id))
  // Where EC2 refused the cluster's own, it refuses these.
  if (groups === undefined || missing.length === 0) return background
  const { awsReads } = yield* Effect.promise(() => import("../cluster/AwsReads.js"))
  const read = Effect.flatMap(
    Effect.mapError(awsReads({ region, profile, endpoint }), ({ message }) => message),
    ({ reads }) => Effect.mapError(reads.describeSecurityGroups(missing), ofEc2)
  )
  return yield* Effect.match(read, {
    onFailure: (why) => untold(background, "the manifests' security groups", why),
    onSuccess: (found) => ({ ...background, aws: { ...aws, groups: [...groups, ...found.map(groupFrom)], groupsAsked: [...groupsAsked, ...missing] } })
  })
})

const withAssociations = Effect.fnUntraced(function*(background: Background, region: string, { endpoint, profile }: AwsAsked): Effect.fn.Return<Background, never, Scope.Scope> {
  const { groups = [], vpc } = background.aws
  const foreign = groups.filter((group) => group.vpc !== vpc).map(({ id }) => id)
  if (vpc === undefined || foreign.length === 0) return background
  const { associatedWith } = yield* Effect.promise(() => import("./AssociationReads.js"))
  return yield* Effect.match(associatedWith({ region, profile, endpoint }, vpc, foreign), {
    onFailure: (why) => untold(background, "the security groups' associations with VPCs", why),
    onSuccess: (found) => ({
      ...background,
      aws: { ...background.aws, groups: groups.map((group) => group.vpc === vpc ? group : { ...group, associated: found.includes(group.id) }) }
    })
  })
})

/** What AWS tells besides a look: the manifests' groups, the subnets' routes, the cluster's role. What it does not tell is not known, with the reason; it never fails. */
export const besideLook = Effect.fnUntraced(function*(background: Background, look: Look, asked: AwsAsked): Effect.fn.Return<Background, never, Scope.Scope> {
  if ("unknown" in look.ec2) return background
  const { region } = look.ec2
  const grouped = yield* withGroups(background, region, asked)
  const known = yield* withRole(yield* withRoutes(grouped, look, region, asked), look, region, asked)
  return yield* withAssociations(known, region, asked)
})
