import { MemoryEc2 } from "@branchline/adapter-memory/ec2/MemoryEc2"
import type { Ec2Options } from "@branchline/adapter-memory/ec2/Settings"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Console, Effect, Layer } from "effect"
import { CliConfig, CliError, CliOutput, Command, Flag, GlobalFlag } from "effect/cli"
import { BadInput, findingText } from "../story/BadInput.js"
import { parseDuration } from "../story/Durations.js"
import { acceptAnyGroup } from "./AnyGroup.js"
import { makeBridge } from "./Bridge.js"
import { host, serve } from "./Server.js"

const duration = (name: string, description: string, otherwise = 0) =>
  Flag.String(name).pipe(
    Flag.filterMap(parseDuration, () => "a length of time such as 250ms, 5s or 1m30s"),
    Flag.withMetavar("duration"),
    Flag.withDescription(`${description}. Default: ${otherwise}ms`),
    Flag.withDefault(otherwise)
  )

const flags = {
  port: Flag.Int("port").pipe(
    Flag.filter((port) => port >= 0 && port <= 65_535, () => "a port from 0 to 65535"),
    Flag.withMetavar("port"),
    Flag.withDescription("Where it listens on 127.0.0.1. Default: 0, any that is free"),
    Flag.withDefault(0)
  ),
  seed: Flag.String("seed").pipe(
    Flag.withMetavar("text"),
    Flag.withDescription("Ids and delays follow from it. Default: 0"),
    Flag.withDefault("0")
  ),
  throttle: Flag.Literals("throttle", ["off", "documented"]).pipe(
    Flag.withDescription("Refuse calls as EC2's documented token buckets do, or never. Default: off"),
    Flag.withDefault("off" as const)
  ),
  latency: duration("latency", "The least time from call to answer"),
  latencySpread: duration("latency-spread", "What is added to it at most, drawn for each call"),
  describeLag: duration("describe-lag", "How far behind the truth a describe looks at most"),
  attachDelay: duration("attach-delay", "How long a trunk is `attaching`", 1_000),
  vlanCooldown: duration("vlan-cooldown", "How long a VLAN id is refused after its association ended"),
  interfacesPerRegion: Flag.Int("interfaces-per-region").pipe(
    Flag.filter((count) => count > 0, () => "a number above 0"),
    Flag.withMetavar("n"),
    Flag.withDescription("The account's quota of interfaces. Default: 5000"),
    Flag.withDefault(5_000)
  ),
  anyGroup: Flag.Boolean("any-group").pipe(
    Flag.withDescription("Know each security group from the moment that it is named"),
    Flag.withDefault(false)
  )
}

const program = Command.make("ec2", flags, Effect.fnUntraced(function*(given) {
  const options: Ec2Options = {
    seed: given.seed,
    throttle: given.throttle === "off" ? "off" : undefined,
    latency: { min: given.latency, max: given.latency + given.latencySpread },
    describeLag: { min: 0, max: given.describeLag },
    attachDelay: given.attachDelay,
    vlanCooldown: given.vlanCooldown,
    interfacesPerRegion: given.interfacesPerRegion
  }
  const memory = yield* MemoryEc2.make(options)
  const port = yield* serve(given.port, makeBridge(given.anyGroup ? acceptAnyGroup(memory) : memory))
  yield* Console.log(`EC2 in memory: http://${host}:${port}`)
  return yield* Effect.never
}, Effect.scoped)).pipe(
  Command.withDescription(
    "EC2 in memory as a process of its own, for controllers that share it: JSON over HTTP on loopback, POST /port/<method> and " +
      "/control/<method> with the arguments as an array. The first line it prints names the address. Exit code 0: ended by a signal; 1: bad flags, port in use."
  )
)

const presenter = CliOutput.layerPresenter({
  present: (event) =>
    event._tag === "InvalidInvocation"
      ? Effect.forEach([...event.errors.map(({ message }) => `error: ${message}`), "See --help."], (line) => Console.error(line), { discard: true })
      : CliOutput.defaultPresenter.present(event)
})

const report = (cause: Cause.Cause<unknown>): Effect.Effect<void> => {
  if (Cause.hasInterruptsOnly(cause)) return Effect.void
  const error = Cause.squash(cause)
  if (CliError.isCliError(error)) return Effect.void
  if (error instanceof BadInput) return Effect.forEach(error.findings, (finding) => Console.error(`error: ${findingText(finding)}`), { discard: true })
  return Console.error(`This should not happen:\n${Cause.pretty(cause)}`)
}

const layer = Layer.mergeAll(NodeServices.layer, presenter, CliConfig.layer({ builtIns: [GlobalFlag.Help] }))

Command.run(program, { version: "0.1.0" }).pipe(
  Effect.tapCause(report),
  Effect.provide(layer),
  // Being told to stop is how it ends.
  NodeRuntime.runMain({ disableErrorReporting: true, teardown: (exit, onExit) => onExit(exit._tag === "Success" || Cause.hasInterruptsOnly(exit.cause) ? 0 : 1) })
)
