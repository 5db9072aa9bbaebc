import { type Clock, Effect, type Exit, Record } from "effect"
import { aroundEc2 } from "@branchline/core/ports/AroundEc2"
import type { Ec2, InterfaceFilter } from "@branchline/core/ports/Ec2"
import { ec2Actions } from "@branchline/core/ports/Ec2Actions"
import type { Ec2Error } from "@branchline/core/ports/Ec2Error"
import type { CounterName } from "./Catalogue.js"
import type { Instrument, Instruments } from "./Instruments.js"
import { outcomeOf } from "./Outcome.js"

type Method = keyof typeof ec2Actions

/** How upstream names a call: its two counters, and its value of `aws_nw_call_latency`'s label. */
interface Names {
  readonly calls: CounterName
  readonly errors: CounterName
  readonly api: string
}

const byFilter: Names = {
  calls: "ec2_describe_network_interfaces_pages_api_call_count",
  errors: "ec2_describe_network_interfaces_pages_api_err_count",
  api: "describe_network_interfaces_pages"
}
const create: Names = {
  calls: "ec2_create_network_interface_api_req_count",
  errors: "ec2_create_network_interface_api_err_count",
  api: "create_network_interface"
}
const modify: Names = {
  calls: "ec2_modify_network_interface_attribute_api_call_count",
  errors: "ec2_modify_network_interface_attribute_api_err_count",
  api: "modify_network_interface_attribute"
}

const names: Readonly<Record<Method, Names>> = {
  describeInstances: { calls: "ec2_describe_instances_api_req_count", errors: "ec2_describe_instances_api_err_count", api: "describe_instances" },
  describeSubnets: { calls: "ec2_describe_subnets_api_req_count", errors: "ec2_describe_subnets_api_err_count", api: "describe_subnets" },
  describeInterfaces: {
    calls: "ec2_describe_network_interface_api_req_count",
    errors: "ec2_describe_network_interface_api_err_count",
    api: "describe_network_interface"
  },
  createTrunk: create,
  createBranch: create,
  permitAttachment: {
    calls: "ec2_create_network_interface_permission_api_call_count",
    errors: "ec2_create_network_interface_permission_api_err_count",
    api: "create_network_interface_permission"
  },
  attachTrunk: { calls: "ec2_attach_network_interface_api_req_count", errors: "ec2_attach_network_interface_api_err_count", api: "attach_network_interface" },
  deleteOnTermination: modify,
  associateBranch: {
    calls: "ec2_associate_trunk_interface_api_req_count",
    errors: "ec2_associate_trunk_interface_api_err_count",
    api: "associate_trunk_to_branch"
  },
  disassociateBranch: {
    calls: "ec2_disassociate_trunk_interface_api_req_count",
    errors: "ec2_disassociate_trunk_interface_api_err_count",
    api: "disassociate_branch_from_trunk"
  },
  deleteInterface: { calls: "ec2_delete_network_interface_api_req_count", errors: "ec2_delete_network_interface_api_err_count", api: "delete_network_interface" },
  setGroups: modify,
  tagInterface: { calls: "ec2_tag_network_interface_api_req_count", errors: "ec2_tag_network_interface_api_err_count", api: "create_tags" }
}

/** Takes what became of a call that lasted so long, milliseconds. */
type Tally = (millis: number, exit: Exit.Exit<unknown, Ec2Error>) => void

const tally = (instruments: Instruments, method: Method, { api, calls, errors }: Names): Tally => {
  const action = ec2Actions[method]
  const all = instruments.counter("ec2_api_req_count")
  const failed = instruments.counter("ec2_api_err_count")
  const ofAction = instruments.counter(calls)
  const failedOfAction = instruments.counter(errors)
  const latency = instruments.distribution("aws_nw_call_latency", { api })
  const duration = instruments.distribution("branchline_ec2_call_duration_seconds", { action })
  const outcomes = new Map<string, Instrument>()
  return (millis, exit) => {
    all(1)
    ofAction(1)
    latency(millis)
    duration(millis / 1000)
    const outcome = outcomeOf(exit)
    if (outcome !== "ok" && outcome !== "interrupted") {
      failed(1)
      failedOfAction(1)
    }
    let counter = outcomes.get(outcome)
    if (counter === undefined) outcomes.set(outcome, counter = instruments.counter("branchline_ec2_calls_total", { action, outcome }))
    counter(1)
  }
}

/** The port, with every call counted and timed. What it costs a call: about 1 µs. */
export const measureEc2 = (ec2: Ec2["Service"], instruments: Instruments, clock: Clock.Clock): Ec2["Service"] => {
  const timed = <A>(counted: Tally, call: Effect.Effect<A, Ec2Error>): Effect.Effect<A, Ec2Error> =>
    Effect.suspend(() => {
      const start = clock.monotonicTimeNanosUnsafe()
      return Effect.onExit(call, (exit) => Effect.sync(() => counted(Number(clock.monotonicTimeNanosUnsafe() - start) / 1e6, exit)))
    })
  const tallies = Record.map(names, (its, method) => tally(instruments, method, its))
  const describeByFilter = tally(instruments, "describeInterfaces", byFilter)
  const kindOf = ({ eniIds }: InterfaceFilter): Tally => (eniIds === undefined ? describeByFilter : tallies.describeInterfaces)
  return {
    ...aroundEc2(ec2, (method, call) => timed(tallies[method], call)),
    describeInterfaces: (filter) => timed(kindOf(filter), ec2.describeInterfaces(filter))
  }
}
