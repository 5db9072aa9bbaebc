import type { Subject } from "@branchline/adapter-memory/simulation"
import * as Admitting from "@branchline/core/controller/Admitting"
import type { Pod } from "@branchline/core/model/Pod"
import type { Ec2 } from "@branchline/core/ports/Ec2"
import type { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { groupsFor } from "@branchline/core/selection/Selection"
import { Effect, type Scope } from "effect"
import { makeController } from "./controller/Controller.js"
import type { Habits } from "./controller/Habits.js"
import { clusterName } from "./controller/Names.js"
import { cooldown } from "./controller/Release.js"

/**
 * The controller as the simulator takes it. Webhooks and the choice of security groups are not its own: for both it composes pieces of
 * `@branchline/core`, so that pods ask for a branch at all.
 */
export const subjectOf = (name: string, habits: Effect.Effect<Habits, never, Kubernetes | Ec2 | Scope.Scope>): Subject => ({
  name,
  clusterName,
  cooldown,
  idleCap: () => 0,
  run: Effect.fnUntraced(function*({ answer }) {
    const admitting = yield* Admitting.make({ groupsPerInterface: 5, windowsServed: false })
    answer(admitting.admit, admitting.isReady)
    const groupsOf = ({ metadata: { labels, namespace }, spec }: Pod) => {
      const account = admitting.serviceAccounts.get({ namespace, name: spec.serviceAccountName || "default" })
      return groupsFor(admitting.policies(), { namespace, labels: labels ?? {} }, account === undefined ? { _tag: "Absent" } : { _tag: "Present", labels: account.metadata.labels ?? {} })
    }
    yield* admitting.ready
    return yield* makeController(yield* habits, groupsOf)
  })
})
