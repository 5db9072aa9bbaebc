import { Effect, Option, Result } from "effect"
import { Command, Flag, TerminalCapabilities } from "effect/cli"
import { lookFlags } from "../cluster/Flags.js"
import { readAddress } from "../observe/Address.js"
import { Observation } from "../observe/Report.js"
import { CouldNotLook } from "../output/CouldNotLook.js"
import { outputFlags } from "../output/Flags.js"
import { print } from "../output/Print.js"
import { lengthOf } from "../trace/source/TimeRange.js"
import { exitCodes, type Listed } from "./Answering.js"

/** More often the API server and EC2 are asked for nothing: what is told is of tens of seconds. */
const often = 5_000

const description = "Compares what is with what should be, again and again: conditions, metrics and log lines when the cluster and EC2 are another than policies, annotations and types say.\n\n" +
  "It stays until Ctrl-C or SIGTERM, and a look that fails does not end it. Read-only: lists of the API server, page by page, and with --aws EC2's describes at the pace that EC2 grants."

const command = Command.make(
  "observe",
  {
    once: Flag.Boolean("once").pipe(Flag.withDescription("Look once, print the conditions, and end; the exit code is 1 where one is False"), Flag.withDefault(false)),
    every: Flag.String("every").pipe(
      Flag.filterMap((given) => Option.filter(Option.fromUndefinedOr(lengthOf(given)), (millis) => millis >= often), () => "5 seconds or more, such as 30s or 5m"),
      Flag.withMetavar("duration"),
      Flag.withDescription("From look to look. Default: 60s. Half the cooldown or less shows every VLAN id that is used again too early"),
      Flag.withDefault(60_000)
    ),
    listen: Flag.String("listen").pipe(
      Flag.filterMap((given) => Result.getSuccess(readAddress(given)), () => "HOST:PORT, such as 127.0.0.1:8080, or :8080 for all addresses"),
      Flag.withMetavar("address"),
      Flag.withDescription("Serve /conditions, /metrics, /healthz and /readyz there. Default: nothing is served"),
      Flag.map(Option.some),
      Flag.withDefault(Option.none())
    ),
    leases: Flag.String("lease").pipe(
      Flag.filterMap((given) => {
        const [, namespace = "", name = ""] = /^([a-z0-9-]+)\/([a-z0-9.-]+)$/.exec(given) ?? []
        return name === "" ? Option.none() : Option.some({ namespace, name })
      }, () => "NAMESPACE/NAME"),
      Flag.withMetavar("namespace/name"),
      Flag.withDescription("The Lease of another controller, besides kube-system/cp-vpc-resource-controller: both held at once is told; may be given again"),
      Flag.atLeast(0)
    ),
    ask: lookFlags,
    output: outputFlags
  },
  Effect.fnUntraced(function*({ ask, every, leases, listen, once, output }) {
    const { observeOn, observeOnce } = yield* Effect.promise(() => import("../observe/Run.js"))
    if (once) return yield* print(yield* observeOnce(ask, leases), Observation, output)
    if (output.output === "yaml") return yield* new CouldNotLook({ message: "--output yaml is for --once", mend: "say --output json: one object a line" })
    const { canColor } = yield* TerminalCapabilities.TerminalCapabilities
    return yield* observeOn({ asked: ask, leases, every, listen: Option.getOrUndefined(listen), json: output.output === "json", colours: canColor && !output.noColor })
  })
).pipe(
  Command.withDescription(`${description}\n\n${exitCodes} Interrupted while it observes: 130.`),
  Command.withShortDescription("Compares what is with what should be, again and again: conditions, metrics, log lines."),
  Command.withExamples([
    { command: "branchline observe --once --aws", description: "One look; exit code 1 where a condition is False" },
    { command: "branchline observe --aws --every 30s", description: "A line for each difference that appears or goes" },
    { command: "branchline observe --aws --listen :8080 -o json", description: "In a cluster: JSON lines, /conditions and /metrics" },
    { command: "branchline observe --once --snapshot cluster.json -o json", description: "What a snapshot shows, for a program" }
  ])
)

export const observe: Listed = { command, answers: { observe: Observation } }
