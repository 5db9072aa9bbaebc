#!/usr/bin/env node
import { readFileSync } from "node:fs"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Console, Effect, Layer, Option, Result } from "effect"
import { CliConfig, CliError, CliOutput, Command, Flag, GlobalFlag } from "effect/cli"
import * as Ec2Server from "../ec2-server.js"
import { readPolicy } from "../wire/iam/Policy.js"
import { BadStart } from "./BadStart.js"
import { type CidrAt, parseBucket, parseCidrAt, parseMillis } from "./Flags.js"

const millis = (name: string, description: string, otherwise = 0) =>
  Flag.String(name).pipe(
    Flag.filterMap(parseMillis, () => "a length of time such as 250ms, 5s or 1m"),
    Flag.withMetavar("duration"),
    Flag.withDescription(`${description}. Default: ${otherwise}ms`),
    Flag.withDefault(otherwise)
  )

const count = (name: string, least: number, most: number, description: string, otherwise: number) =>
  Flag.Int(name).pipe(
    Flag.filter((value) => value >= least && value <= most, () => `a whole number from ${least} to ${most}`),
    Flag.withMetavar("n"),
    Flag.withDescription(`${description}. Default: ${otherwise}`),
    Flag.withDefault(otherwise)
  )

const text = (name: string, metavar: string, description: string, otherwise: string) =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(`${description}. Default: ${otherwise}`), Flag.withDefault(otherwise))

const flags = {
  port: count("port", 0, 65_535, "Where it listens; 0 is any port that is free", 0),
  host: text("host", "address", "The address that it listens at: whoever reaches it may do anything to it", "127.0.0.1"),
  region: text("region", "name", "Its Region, for which requests have to be signed", "us-west-2"),
  account: text("account", "digits", "Its account id", "111122223333"),
  seed: text("seed", "text", "Ids and delays follow from it", "0"),
  throttle: Flag.String("throttle").pipe(
    Flag.filterMap(parseBucket, () => "off, documented, or <burst>/<calls a second> for every action, such as 200/20"),
    Flag.withMetavar("rate"),
    Flag.withDescription("Refuse calls as EC2's token buckets do: off, documented (50 and 5/s, describes 100 and 20/s), or <burst>/<calls a second> for every action. Default: off"),
    Flag.withDefault("off" as const)
  ),
  latency: millis("latency", "The least time from call to answer"),
  latencySpread: millis("latency-spread", "What is added to it at most, drawn for each call"),
  describeLag: millis("describe-lag", "How far behind the truth a describe looks at most"),
  attachDelay: millis("attach-delay", "How long a trunk is `attaching`", 1_000),
  vlanCooldown: millis("vlan-cooldown", "How long a VLAN id is refused after its association ended"),
  interfacesPerRegion: count("interfaces-per-region", 1, 10_000_000, "The account's quota of interfaces", 5_000),
  groupsPerInterface: count("groups-per-interface", 1, 16, "The account's quota of security groups on one interface", 5),
  anyGroup: Flag.Boolean("any-group").pipe(Flag.withDescription("Know each security group from the moment that it is named"), Flag.withDefault(false)),
  subnet: Flag.String("subnet").pipe(
    Flag.filterMap(parseCidrAt, () => "<cidr>[@<zone>], such as 10.0.0.0/19@us-west-2a"),
    Flag.withMetavar("cidr[@zone]"),
    Flag.withDescription("A subnet that is there from the start, by default in us-west-2a; may be given several times"),
    Flag.atLeast(0)
  ),
  policy: Flag.String("policy").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription("An IAM policy document, as JSON, that everybody is held to. Default: everything is allowed"),
    Flag.optional
  ),
  checkClock: Flag.Boolean("check-clock").pipe(
    Flag.withDescription("Refuse requests that are signed more than five minutes off this machine's clock. Default: true; --no-check-clock lets them pass"),
    Flag.withDefault(true)
  )
}

const policyOf = (file: string) =>
  Effect.gen(function*() {
    const bad = (problem: string): BadStart => new BadStart({ field: `--policy ${file}`, problem, mend: "name a file with an IAM policy document as JSON" })
    const document = yield* Effect.try({ try: (): unknown => JSON.parse(readFileSync(file, "utf8")), catch: (error) => bad(String(error)) })
    return yield* Effect.fromResult(Result.mapError(readPolicy(document), bad))
  })

const program = Command.make("branchline-ec2", flags, Effect.fnUntraced(function*(given) {
  const { latency, latencySpread, policy, subnet, throttle, ...rest } = given
  const policies = Option.isSome(policy) ? { "*": yield* policyOf(policy.value) } : undefined
  const server = yield* Ec2Server.make({
    ...rest,
    policies,
    throttle: throttle === "documented" ? undefined : throttle,
    latency: { min: latency, max: latency + latencySpread },
    describeLag: { min: 0, max: given.describeLag }
  })
  for (const { cidr, zone } of subnet as ReadonlyArray<CidrAt>) {
    yield* Effect.mapError(server.ec2.control.addSubnet({ cidr, zone }), ({ message }) =>
      new BadStart({ field: `--subnet ${cidr}`, problem: message, mend: "name CIDRs from /16 to /28 that do not overlap" }))
  }
  yield* Console.log(`EC2 in memory: ${server.url}`)
  return yield* Effect.never
}, Effect.scoped)).pipe(
  Command.withDescription(
    "EC2 with trunk and branch interfaces in memory, over the wire: point any AWS SDK at it (AWS_ENDPOINT_URL). It speaks EC2's Query protocol and as much of STS as " +
      "clients need; GET /_branchline/ tells what a test can command. The first line it prints names the address. Exit code 0: ended by a signal; 1: bad flags, port in use."
  )
)

const complain = (lines: ReadonlyArray<string>) => Effect.forEach(lines, (line) => Console.error(line), { discard: true })

const presenter = CliOutput.layerPresenter({
  present: (event) =>
    event._tag === "InvalidInvocation"
      ? complain([...event.errors.map(({ message }) => `error: ${message}`), "See branchline-ec2 --help."])
      : CliOutput.defaultPresenter.present(event)
})

const report = (cause: Cause.Cause<unknown>): Effect.Effect<void> => {
  if (Cause.hasInterruptsOnly(cause)) return Effect.void
  const error = Cause.squash(cause)
  if (CliError.isCliError(error)) return Effect.void
  return complain([error instanceof BadStart ? `error: ${error.message}` : `This should not happen:\n${Cause.pretty(cause)}`])
}

Command.run(program, { version: "0.1.0" }).pipe(
  Effect.tapCause(report),
  Effect.provide(Layer.mergeAll(NodeServices.layer, presenter, CliConfig.layer({ builtIns: [GlobalFlag.Help] }))),
  // Being told to stop is how it ends.
  NodeRuntime.runMain({ disableErrorReporting: true, teardown: (exit, onExit) => onExit(exit._tag === "Success" || Cause.hasInterruptsOnly(exit.cause) ? 0 : 1) })
)
