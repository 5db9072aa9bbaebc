import { Effect, Option, type Scope } from "effect"
import { Command, Flag, TerminalCapabilities } from "effect/cli"
import { lookFlags } from "../cluster/Flags.js"
import { placeOf } from "../cluster/Open.js"
import type { Answer } from "../output/Answer.js"
import type { CouldNotLook } from "../output/CouldNotLook.js"
import { outputFlags } from "../output/Flags.js"
import { print, textOf } from "../output/Print.js"
import { isWell, StatusSeen, statusOf } from "../status/Status.js"
import { statusText } from "../status/StatusText.js"
import { watch as watching } from "../status/Watch.js"
import { exitCodes, type Listed } from "./Answering.js"

const description = "The whole feature on one screen: nodes with trunks, branches in use, cooling and free, addresses, policies and the pods they serve, who waits and why, webhook, lease, versions."

const command = Command.make(
  "status",
  {
    watch: Flag.Boolean("watch").pipe(
      Flag.withAlias("w"),
      Flag.withDescription("Look again and again until Ctrl-C: drawn in the same place on a terminal, else one block after the other"),
      Flag.withDefault(false)
    ),
    interval: Flag.Int("interval").pipe(
      Flag.filter((seconds) => seconds >= 1, () => "a second or more"),
      Flag.withMetavar("seconds"),
      Flag.withDescription("Between two looks with --watch. Default: 5"),
      Flag.withDefault(5)
    ),
    quota: Flag.Int("groups-per-interface").pipe(
      Flag.filter((quota) => quota >= 1 && quota <= 16, () => "a number from 1 to 16"),
      Flag.withMetavar("n"),
      Flag.withDescription("The account's quota of security groups on an interface. Default: 5"),
      Flag.withDefault(5)
    ),
    ask: lookFlags,
    output: outputFlags
  },
  Effect.fnUntraced(function*({ ask, interval, output, quota, watch }) {
    const place = yield* placeOf(ask, { without: ["services", "namespaces"] })
    const answer: Effect.Effect<Answer<StatusSeen>, CouldNotLook, Scope.Scope> = Effect.map(place.look, (look) => {
      const data = statusOf(look, { quota, namespace: Option.getOrUndefined(ask.namespace) })
      return { data, found: !isWell(data), text: (page) => statusText(data, page) }
    })
    if (!watch) return yield* print(yield* answer, StatusSeen, output)
    const { canAnimate } = yield* TerminalCapabilities.TerminalCapabilities
    return yield* watching(Effect.scoped(Effect.flatMap(answer, (one) => textOf(one, StatusSeen, output))), interval * 1_000, canAnimate && output.output === "text")
  })
).pipe(
  Command.withDescription(`${description}\n\n${exitCodes}`),
  Command.withShortDescription(description),
  Command.withExamples([
    { command: "branchline status --aws", description: "The cluster, and EC2's side of it" },
    { command: "branchline status -n shop --watch", description: "One namespace's policies and pods, again and again" },
    { command: "branchline status --snapshot cluster.json", description: "As it was when the snapshot was taken" }
  ])
)

export const status: Listed = { command, answers: { status: StatusSeen } }
