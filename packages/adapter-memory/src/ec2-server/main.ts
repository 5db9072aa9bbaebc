#!/usr/bin/env node
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Console, Effect, Layer, Logger } from "effect"
import { CliConfig, CliError, CliOutput, Command, Flag, GlobalFlag } from "effect/cli"
import * as Ec2Server from "../ec2-server.js"
import { BadStart } from "./BadStart.js"
import { limitsIn, policiesIn } from "./Files.js"
import { parseBucket, parseCidrAt, parseMillis, parseRole } from "./Flags.js"

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

const text = (name: string, metavar: string, form: RegExp, expected: string, description: string, otherwise: string) =>
  Flag.String(name).pipe(
    Flag.filter((value) => form.test(value), () => expected),
    Flag.withMetavar(metavar),
    Flag.withDescription(`${description}. Default: ${otherwise}`),
    Flag.withDefault(otherwise)
  )

const file = (name: string, description: string) => Flag.String(name).pipe(Flag.withMetavar("file"), Flag.withDescription(description), Flag.optional)

const flags = {
  port: count("port", 0, 65_535, "Where it listens; 0 is any port that is free", 0),
  host: text("host", "address", /./, "an address of this machine", "The address that it listens at: whoever reaches it may do anything to it", "127.0.0.1"),
  region: text("region", "name", /^[a-z]{2,}(-[a-z]+)+-\d+$/, "a Region such as us-west-2", "Its Region, for which requests have to be signed", "us-west-2"),
  account: text("account", "digits", /^\d{12}$/, "an account id, 12 digits", "Its account id", "111122223333"),
  seed: text("seed", "text", /./, "a text", "Ids and delays follow from it", "0"),
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
  releaseDelay: millis("release-delay", "How long a branch is not deleted after its association ended"),
  interfacesPerRegion: count("interfaces-per-region", 1, 10_000_000, "The account's quota of interfaces", 5_000),
  groupsPerInterface: count("groups-per-interface", 1, 16, "The account's quota of security groups on one interface", 5),
  anyGroup: Flag.Boolean("any-group").pipe(Flag.withDescription("Know each security group from the moment that it is named"), Flag.withDefault(false)),
  subnet: Flag.String("subnet").pipe(
    Flag.filterMap(parseCidrAt, () => "<cidr>[@<zone>], such as 10.0.0.0/19@us-west-2a"),
    Flag.withMetavar("cidr[@zone]"),
    Flag.withDescription("A subnet that is there from the start, by default in the Region's zone a; may be given several times"),
    Flag.atLeast(0)
  ),
  limits: file("limits", "Limits of instance types, as JSON, over the published table: {\"m9.large\": {\"interfaces\": 3, \"ipv4PerInterface\": 20, \"branches\": 9}}"),
  policy: file("policy", "An IAM policy document, as JSON, that everybody is held to. Default: everything is allowed"),
  role: Flag.String("role").pipe(
    Flag.filterMap(parseRole, () => "<role ARN>[=<external id>], such as arn:aws:iam::111122223333:role/cluster=seed"),
    Flag.withMetavar("arn[=external-id]"),
    Flag.withDescription("A role that may be assumed; may be given several times. Default: any role may be"),
    Flag.atLeast(0)
  ),
  keepCalls: count("keep-calls", 0, 10_000_000, "So many calls are kept to be looked at; counts are of all", 100_000),
  checkClock: Flag.Boolean("check-clock").pipe(
    Flag.withDescription("Refuse requests that are signed more than five minutes off this machine's clock. Default: true; --no-check-clock lets them pass"),
    Flag.withDefault(true)
  )
}

const program = Command.make("branchline-ec2", flags, Effect.fnUntraced(function*(given) {
  const { describeLag, latency, latencySpread, limits, policy, role, subnet, throttle, ...rest } = given
  const server = yield* Ec2Server.make({
    ...rest,
    limits: yield* limitsIn(limits),
    policies: yield* policiesIn(policy),
    roles: role.length === 0 ? undefined : role,
    throttle: throttle === "documented" ? {} : throttle,
    latency: { min: latency, max: latency + latencySpread },
    describeLag: { min: 0, max: describeLag }
  })
  for (const { cidr, zone = `${given.region}a` } of subnet) {
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
  Effect.provide(Layer.mergeAll(NodeServices.layer, presenter, Layer.succeed(Logger.LogToStderr, true), CliConfig.layer({ builtIns: [GlobalFlag.Help] }))),
  // Being told to stop is how it ends.
  NodeRuntime.runMain({ disableErrorReporting: true, teardown: (exit, onExit) => onExit(exit._tag === "Success" || Cause.hasInterruptsOnly(exit.cause) ? 0 : 1) })
)
