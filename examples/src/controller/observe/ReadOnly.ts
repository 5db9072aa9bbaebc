import type { Ec2 } from "@branchline/core/ports/Ec2"
import type { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { KubernetesError } from "@branchline/core/ports/KubernetesError"
import { Effect } from "effect"

/** What of EC2 only looks. */
export type Ec2Looks = Pick<Ec2["Service"], "describeInstances" | "describeInterfaces" | "describeSubnets">

/** The looks of a port and nothing besides, so that whoever has them has no way to write. */
export const looksOf = ({ describeInstances, describeInterfaces, describeSubnets }: Ec2["Service"]): Ec2Looks => ({ describeInstances, describeInterfaces, describeSubnets })

const refused = (operation: string): Effect.Effect<never, KubernetesError> =>
  Effect.fail(new KubernetesError({ operation, reason: { _tag: "Forbidden" }, message: "nothing is written while observing" }))

/** The port whose reads go through and whose writes go nowhere: caches ask for a whole port and only read. */
export const readingsOf = ({ get, list, watch }: Kubernetes["Service"]): Kubernetes["Service"] => ({
  get,
  list,
  watch,
  create: ({ plural }) => refused(`create ${plural}`),
  patch: ({ plural }) => refused(`patch ${plural}`),
  delete: ({ plural }) => refused(`delete ${plural}`),
  recordEvent: () => refused("create events")
})
