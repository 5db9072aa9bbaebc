import type { Ec2Options } from "@branchline/adapter-memory/ec2/Settings"
import type { ControllerSettings } from "@branchline/core/controller/Settings"
import { defaultAllocationSettings } from "@branchline/core/allocation/AllocationSettings"
import type { SecurityGroupId } from "@branchline/core/model/Ids"
import { branchDescription, podEni } from "@branchline/core/model/Names"
import { nodes as nodeResource, pods as podResource } from "@branchline/core/model/Resource"
import { countByAction, type Ec2Call } from "@branchline/adapter-memory/ec2/CallLog"
import { textAt } from "@branchline/adapter-memory/kubernetes/Document"
import { simulate } from "@branchline/adapter-memory/simulation/Simulation"
import { eventually } from "@branchline/adapter-memory/simulation/Waiting"
import * as World from "@branchline/adapter-memory/World"
import { Cause, Clock, Effect, Exit } from "effect"

const group = "sg-079157a483bcb371f" as SecurityGroupId
const other = "sg-0123456789abcdef0" as SecurityGroupId

const policy = (name: string, groupId: SecurityGroupId) => ({
  apiVersion: "vpcresources.k8s.aws/v1beta1",
  kind: "SecurityGroupPolicy",
  metadata: { name, namespace: "default" },
  spec: { podSelector: { matchLabels: { app: name } }, securityGroups: { groupIds: [groupId] } }
})

const podOf = (app: string, name: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "default", labels: { app } },
  spec: { terminationGracePeriodSeconds: 1, containers: [{ name: "main", image: "web", imagePullPolicy: "IfNotPresent" }] }
})

const atOnce = { min: "1 millis", max: "10 millis" } as const
const timings = { sync: atOnce, imagePull: atOnce, containerStart: atOnce, containerStop: atOnce, teardown: atOnce, statusReport: atOnce } as const

/** What one generation of pods took. Times are seconds of simulated time. */
export interface Generation {
  /** From the creation of all to the last annotation. */
  readonly created: number
  readonly createCalls: ReadonlyArray<Ec2Call>
  /** From the deletion of all until EC2 has no branch more than are kept idle. */
  readonly deleted: number
  readonly deleteCalls: ReadonlyArray<Ec2Call>
}

export interface PaceOptions {
  readonly pods: number
  /** Generations of pods, one after the other: the app of each, `web` or `db`. */
  readonly generations?: ReadonlyArray<"web" | "db">
  readonly ec2: Ec2Options
  readonly settings?: Partial<ControllerSettings>
  /** Whether branches stay idle between two generations. */
  readonly idle?: boolean
}

/** An idle branch is kept for all of a generation. */
export const keepingIdle = (regroup: boolean): Partial<ControllerSettings> => ({
  allocation: { ...defaultAllocationSettings, idle: { regroup, timeToLive: 60 * 60_000, cap: 54 } },
  idleAddressFloor: 0
})

const all = { concurrency: "unbounded", discard: true } as const

const story = Effect.fnUntraced(function*({ ec2, generations = ["web"], idle = false, pods, settings = {} }: PaceOptions, say: (text: string) => void) {
  const world = yield* World.make({ nodes: 30, instanceType: "m5.4xlarge", securityGroups: [group, other], ec2: { latency: "300 millis", ...ec2 }, settings, timings })
  yield* world.apply(policy("web", group))
  yield* world.apply(policy("db", other))
  const ready = Effect.map(world.admin.list(nodeResource), ({ items }) =>
    items.every((node) => textAt(node, "status", "allocatable", podEni) !== undefined) ? true : undefined)
  yield* eventually("every node offers branches", ready, { every: "1 second", within: "10 minutes" })
  // The buckets from which the trunks were made fill up again.
  yield* Effect.sleep("2 minutes")
  const took: Array<Generation> = []
  for (const [turn, app] of generations.entries()) {
    say(`${pods} pods of ${app}`)
    const from = (yield* world.ec2.calls).length
    const began = yield* Clock.currentTimeMillis
    const names = Array.from({ length: pods }, (_, number) => `${app}-${turn}-${number}`)
    yield* Effect.forEach(names, (name) => world.admin.create(podResource, podOf(app, name)), all)
    const annotated = Effect.map(world.admin.list(podResource), ({ items }) =>
      items.filter((one) => textAt(one, "metadata", "annotations", podEni) !== undefined).length === pods ? true : undefined)
    yield* eventually("all pods are annotated", annotated, { within: "2 hours", every: "100 millis" })
    const created = ((yield* Clock.currentTimeMillis) - began) / 1_000
    const middle = (yield* world.ec2.calls).length
    yield* Effect.sleep("1 minute")
    say(`annotated after ${created} s; deleting them`)
    const ended = yield* Clock.currentTimeMillis
    const before = (yield* world.ec2.calls).length
    yield* Effect.forEach(names, (name) => world.admin.delete(podResource, { namespace: "default", name }), all)
    const gone = Effect.map(world.ec2.control.snapshot, ({ interfaces }) =>
      interfaces.some(({ description }) => description === branchDescription) ? undefined : true)
    if (idle) yield* Effect.sleep("3 minutes")
    else yield* eventually("all branches are gone", gone, { within: "2 hours", every: "100 millis" })
    took.push({
      created,
      createCalls: (yield* world.ec2.calls).slice(from, middle),
      deleted: ((yield* Clock.currentTimeMillis) - ended) / 1_000,
      deleteCalls: (yield* world.ec2.calls).slice(before)
    })
    yield* Effect.sleep("2 minutes")
  }
  if (world.violations.length > 0) return yield* Effect.die(new Error(`${world.violations.length} violations on the nodes`))
  return took
})

/** Generations of pods on 30 nodes of m5.4xlarge, 300 ms a call. */
export const generations = (options: PaceOptions, say: (text: string) => void): ReadonlyArray<Generation> => {
  const { exit } = simulate(story(options, say), { seed: 1, maxTasks: 200_000_000 })
  if (Exit.isFailure(exit)) throw new Error(Cause.pretty(exit.cause))
  return exit.value
}

export const throttledIn = (calls: ReadonlyArray<Ec2Call>): number =>
  calls.filter(({ outcome }) => outcome._tag === "refused" && outcome.code === "RequestLimitExceeded").length

export const actionsText = (calls: ReadonlyArray<Ec2Call>): string => [...countByAction(calls)].map(([action, count]) => `${action} ${count}`).join(", ")
