import { Console, Effect, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import { lookFlags } from "../cluster/Flags.js"
import { lookFrom } from "../cluster/Open.js"
import { Look } from "../cluster/Look.js"
import { summaryOf } from "../snapshot/Summary.js"
import { exitCodes, type Listed } from "./Answering.js"

const encode = Schema.encodeSync(Look)

/** `snapshot`: the whole look as JSON on standard output, and what is in it on standard error. */
const command = Command.make(
  "snapshot",
  {
    redact: Flag.Boolean("redact").pipe(
      Flag.withDescription("Replace names, label values, ids, addresses and accounts by aliases: the same input has the same alias, so that the story stays readable"),
      Flag.withDefault(false)
    ),
    ...lookFlags
  },
  Effect.fnUntraced(function*({ redact: redacted, ...asked }) {
    const found = yield* lookFrom(asked)
    const look = redacted ? (yield* Effect.promise(() => import("../snapshot/Redact.js"))).redact(found) : found
    yield* Console.log(JSON.stringify(encode(look), null, 1))
    yield* Console.error(summaryOf(look).join("\n"))
  })
).pipe(
  Command.withDescription(
    "Writes all that the other commands look at as JSON: they answer from it with --snapshot. No secrets, no environments, no logs are in it.\n\n" + exitCodes
  ),
  Command.withShortDescription("Writes all that the other commands look at as JSON, to answer from later or elsewhere"),
  Command.withExamples([
    { command: "branchline snapshot --aws > cluster.json", description: "The cluster and EC2's side of it" },
    { command: "branchline snapshot --redact > case.json", description: "What one attaches to a support case" },
    { command: "branchline snapshot --snapshot cluster.json --redact > case.json", description: "The same from a snapshot that is there" },
    { command: "branchline explain pod web-1 --snapshot cluster.json", description: "And what it is for" }
  ])
)

export const snapshot: Listed = { command, answers: { snapshot: Look } }
