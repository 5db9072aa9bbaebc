import { Effect, Option, Schema, type Scope } from "effect"
import { Argument, type Command, Flag } from "effect/cli"
import { lookFlags } from "../cluster/Flags.js"
import { lookFrom } from "../cluster/Open.js"
import { explainNodeOf, NodeExplained } from "../explain/ExplainNode.js"
import { explainPodOf, PodExplained } from "../explain/ExplainPod.js"
import { explainPolicyOf, PolicyExplained } from "../explain/ExplainPolicy.js"
import { subjectOf } from "../explain/Subject.js"
import type { Answer } from "../output/Answer.js"
import type { CouldNotLook } from "../output/CouldNotLook.js"
import { answering, type Listed } from "./Answering.js"

const Explained = Schema.Union([PodExplained, PolicyExplained, NodeExplained])

/** `explain pod|policy|node NAME`. */
const command = answering({
  name: "explain",
  description: "Why a pod has (or has not) its security groups, what a policy does and for whom it does not, what a node carries.\n\n" +
    "The story in the order in which things happen, ending with the one thing that is waited for now, the next step for a person, and where it is written down.",
  examples: [
    { command: "branchline explain pod web-1 -n shop", description: "The policies of the namespace, admission, node, branch, annotation, and what it waits for" },
    { command: "branchline explain pod/web-1 --aws", description: "And what EC2 really has: interface, groups, association, VLAN id, address" },
    { command: "branchline explain policy db -n shop", description: "The pods it selects, those that got in without it, overlaps and quota" },
    { command: "branchline explain node ip-192-168-31-166.eu-west-1.compute.internal", description: "Trunk, branches in use, cooling and free, and who stands in line" },
    { command: "branchline explain pod web-1 --snapshot cluster.json -o json", description: "From a snapshot, for a program" }
  ],
  flags: {
    kind: Argument.String("kind").pipe(Argument.withDescription("pod, policy (sgp) or node; or kind/name")),
    name: Argument.String("name").pipe(Argument.withDescription("Whose story it is"), Argument.optional),
    quota: Flag.Int("groups-per-interface").pipe(
      Flag.filter((quota) => quota >= 1 && quota <= 16, () => "a number from 1 to 16"),
      Flag.withMetavar("n"),
      Flag.withDescription("The account's quota of security groups on an interface. Default: 5"),
      Flag.withDefault(5)
    ),
    ...lookFlags
  },
  schema: Explained,
  answer: Effect.fnUntraced(function*(asked): Effect.fn.Return<Answer<typeof Explained.Type>, CouldNotLook, Command.Environment | Scope.Scope> {
    const { kind, name } = yield* Effect.fromResult(subjectOf(asked.kind, Option.getOrUndefined(asked.name)))
    const look = yield* lookFrom(asked, { without: ["services", "namespaces", "leases", "mutatingWebhooks", "validatingWebhooks"] })
    switch (kind) {
      case "pod":
        return yield* explainPodOf(look, look.namespace, name, { quota: asked.quota })
      case "policy":
        return yield* explainPolicyOf(look, look.namespace, name, { quota: asked.quota })
      case "node":
        return yield* explainNodeOf(look, name)
    }
  })
})

export const explain: Listed = { ...command, answers: { "explain-pod": PodExplained, "explain-policy": PolicyExplained, "explain-node": NodeExplained } }
