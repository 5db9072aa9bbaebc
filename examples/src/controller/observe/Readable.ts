import { cniNodes, type KubernetesObject, nodes, pods, type Resource, securityGroupPolicies, serviceAccounts } from "@branchline/core/model/Resource"
import type { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { Effect } from "effect"
import { lookUntilWell } from "../Patience.js"
import { isServed, mend, obstacleOf } from "../Preflight.js"
import { Stopped } from "../Stopped.js"

const kinds: ReadonlyArray<Resource<KubernetesObject>> = [pods, nodes, serviceAccounts, securityGroupPolicies, cniNodes]

const nameOf = ({ group, plural }: Resource<KubernetesObject>): string => group === "" ? plural : `${plural}.${group}`

type Verdict = "served" | "missing" | "refused"

/** Fails with all that is missing. */
const look = Effect.fnUntraced(function*(kubernetes: Kubernetes["Service"]) {
  const verdicts = yield* Effect.forEach(kinds, (kind) =>
    isServed(kubernetes, kind).pipe(
      Effect.map((served): Verdict => served ? "served" : "missing"),
      Effect.catchReason("KubernetesError", "Forbidden", () => Effect.succeed<Verdict>("refused"))
    ), { concurrency: kinds.length })
  const names = (wanted: Verdict): ReadonlyArray<string> => kinds.filter((_, index) => verdicts[index] === wanted).map(nameOf)
  const refused = names("refused")
  const lines = [
    ...names("missing").map((name) => `the cluster has no custom resource ${name}; ${mend}`),
    ...(refused.length === 0 ? [] : [`the API server does not let us list ${refused.join(", ")}. Grant list and watch: deploy/observe/rbac.yaml has all that is needed`])
  ]
  if (lines.length > 0) return yield* new Stopped({ code: 2, lines })
})

/** Looks whether the cluster can be read, by reading: the question who may do what would be a create. */
export const readable = (kubernetes: Kubernetes["Service"], patience: number): Effect.Effect<void, Stopped> =>
  lookUntilWell("the API server", look(kubernetes), obstacleOf(patience))
