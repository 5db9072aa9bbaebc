import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect } from "effect"
import { type ControllerSettings, defaults, fromConfig } from "../../src/controller/Settings.js"

const parse = (environment: Record<string, string>) =>
  fromConfig.parse(ConfigProvider.fromUnknown({ CLUSTER_NAME: "blue", ...environment }))

const refused = Effect.fnUntraced(function*(environment: Record<string, string>) {
  return (yield* Effect.flip(parse(environment))).message
})

describe("settings from the environment", () => {
  it.effect("are the defaults where only the cluster is named", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* parse({}), { ...defaults, clusterName: "blue" })
    }))

  it.effect("need the cluster's name", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(fromConfig.parse(ConfigProvider.fromUnknown({})))
      assert.include(error.message, "CLUSTER_NAME")
      assert.include(yield* refused({ CLUSTER_NAME: "" }), "CLUSTER_NAME")
    }))

  it.effect("are read one by one", () =>
    Effect.gen(function*() {
      const all: ControllerSettings = {
        clusterName: "blue",
        allocation: {
          cooldown: 90_000,
          vlanQuarantine: 120_000,
          vlanRest: 1_500,
          idle: { regroup: true, timeToLive: 300_000, cap: 2 }
        },
        annotationForm: "five",
        unmatched: "wait",
        groupsPerInterface: 16,
        workers: 8,
        sweepInterval: 600_000,
        idleAddressFloor: 3,
        rates: undefined,
        windowsServed: true
      }
      assert.deepStrictEqual(
        yield* parse({
          BRANCH_COOLDOWN: "90 seconds",
          VLAN_QUARANTINE: "2 minutes",
          VLAN_REST: "1500 millis",
          SWEEP_INTERVAL: "10 minutes",
          ANNOTATION_FORM: "five",
          UNMATCHED: "wait",
          GROUPS_PER_INTERFACE: "16",
          WORKERS: "8",
          IDLE_REUSE: "any-groups",
          IDLE_TIME_TO_LIVE: "5 minutes",
          IDLE_CAP: "2",
          IDLE_ADDRESS_FLOOR: "3",
          EC2_PACING: "false",
          WINDOWS_SERVED: "true"
        }),
        all
      )
      assert.deepStrictEqual((yield* parse({ IDLE_REUSE: "same-groups" })).allocation.idle, {
        regroup: false,
        timeToLive: 600_000,
        cap: 4
      })
    }))

  it.effect("are kept within what makes sense", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* parse({ BRANCH_COOLDOWN: "29 seconds" })).allocation.cooldown, 30_000)
      assert.strictEqual((yield* parse({ SWEEP_INTERVAL: "0 seconds" })).sweepInterval, 60_000)
      assert.strictEqual((yield* parse({ GROUPS_PER_INTERFACE: "17" })).groupsPerInterface, 16)
      assert.strictEqual((yield* parse({ GROUPS_PER_INTERFACE: "0" })).groupsPerInterface, 1)
      assert.strictEqual((yield* parse({ WORKERS: "0" })).workers, 1)
    }))

  it.effect("that mean nothing are refused by name, not replaced by the default", () =>
    Effect.gen(function*() {
      for (const [name, value] of [
        ["BRANCH_COOLDOWN", "abc"],
        ["BRANCH_COOLDOWN", "90"],
        ["BRANCH_COOLDOWN", "Infinity"],
        ["SWEEP_INTERVAL", "-1 minutes"],
        ["WORKERS", "many"],
        ["WORKERS", "1.5"],
        ["UNMATCHED", "nodegroups"],
        ["ANNOTATION_FORM", "six"],
        ["IDLE_REUSE", "on"],
        ["WINDOWS_SERVED", "perhaps"]
      ] as const) {
        assert.include(yield* refused({ [name]: value }), name, `${name}=${value}`)
      }
    }))
})
