import { Effect, Option, type Scope } from "effect"
import { type Command, Flag } from "effect/cli"
import { lookFlags } from "../cluster/Flags.js"
import { lookFrom } from "../cluster/Open.js"
import type { Answer } from "../output/Answer.js"
import { CouldNotLook } from "../output/CouldNotLook.js"
import { Plan } from "../plan/Plan.js"
import { answering } from "./Answering.js"

/** What `lint` says of manifests, said here. */
const forPlan = (text: string): string => text.replace("lint what it makes", "plan what it makes").replaceAll("branchline lint -", "branchline plan -f -")

/** `plan -f MANIFESTS`. */
export const plan = answering({
  name: "plan",
  description: "What applying manifests would change: which running pods get other groups when they are made again, which new pods find a slot and where, EC2's calls and the least time they take.\n\n" +
    "Nothing is applied. A running pod keeps its groups until it is made again. Exit code 1: something would not fit, a union of groups is over the quota, or a policy would select nothing.",
  examples: [
    { command: "branchline plan -f shop/", description: "The manifests of a folder against the cluster of the current context" },
    { command: "helm template shop | branchline plan -f - --aws", description: "What a chart makes; with EC2's free addresses and cooling branches" },
    { command: "branchline plan -f policies/ --prune", description: "Policies of those namespaces that the folder does not have are removed" },
    { command: "branchline plan -f db.yaml --snapshot cluster.json -o json", description: "Against a snapshot, for a program" }
  ],
  flags: {
    files: Flag.String("filename").pipe(
      Flag.withAlias("f"),
      Flag.withMetavar("file"),
      Flag.withDescription("A file of manifests, a folder of them, or - for standard input; may be given again"),
      Flag.atLeast(1)
    ),
    prune: Flag.Boolean("prune").pipe(
      Flag.withDescription("Policies that the manifests do not have are removed, in the namespaces for which they have policies; nothing else is"),
      Flag.withDefault(false)
    ),
    quota: Flag.Int("groups-per-interface").pipe(
      Flag.filter((quota) => quota >= 1 && quota <= 16, () => "a number from 1 to 16"),
      Flag.withMetavar("n"),
      Flag.withDescription("The account's quota of security groups on an interface. Default: 5"),
      Flag.withDefault(5)
    ),
    ...lookFlags
  },
  schema: Plan,
  answer: Effect.fnUntraced(function*(asked): Effect.fn.Return<Answer<typeof Plan.Type>, CouldNotLook, Command.Environment | Scope.Scope> {
    const [{ gather }, { answerOf }] = yield* Effect.promise(() => Promise.all([import("../lint/Gather.js"), import("../plan/Answer.js")]))
    if (asked.files.includes("-") && Option.contains(asked.snapshot, "-")) {
      return yield* new CouldNotLook({ message: "standard input cannot be both the manifests and the snapshot", mend: "name a file for one of them" })
    }
    const { notLooked, texts } = yield* Effect.mapError(gather(asked.files), ({ mend, message }) => new CouldNotLook({ message, mend: mend === undefined ? mend : forPlan(mend) }))
    const look = yield* lookFrom(asked, { without: ["services", "namespaces", "leases", "mutatingWebhooks", "validatingWebhooks", "daemonSets"] })
    return yield* Effect.fromResult(answerOf(look, texts, { prune: asked.prune, quota: asked.quota, notLooked: notLooked.map(forPlan) }))
  })
})
