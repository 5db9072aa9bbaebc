import { cniNodeClusterTag } from "@branchline/core/model/Names"
import { Effect, type Scope } from "effect"
import { itemsOf } from "../cluster/Found.js"
import type { Look } from "../cluster/Look.js"
import type { Background } from "./FromLook.js"
import { nodesInPublicSubnets, vpcsOf } from "./Routes.js"

/** As whom AWS is asked, and where. */
export interface AwsAsked {
  readonly profile: string | undefined
  /** Where EC2 is; then nobody knows where EKS and IAM are. */
  readonly endpoint: string | undefined
  /** Where the CNINodes do not tell it. */
  readonly clusterName: string | undefined
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

/** What AWS tells besides a look: the subnets' routes, the cluster's role. What it does not tell is not known, with the reason; it never fails. */
export const besideLook = Effect.fnUntraced(function*(background: Background, look: Look, asked: AwsAsked): Effect.fn.Return<Background, never, Scope.Scope> {
  if ("unknown" in look.ec2) return background
  const { region } = look.ec2
  return yield* withRole(yield* withRoutes(background, look, region, asked), look, region, asked)
})
