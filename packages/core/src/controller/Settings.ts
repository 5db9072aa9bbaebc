import { Config, Duration, Schema } from "effect"
import { type AllocationSettings, defaultAllocationSettings } from "../allocation/AllocationSettings.js"
import type { AnnotationForm } from "../model/BranchAnnotation.js"
import { documentedRates, type Rates } from "./Pacing.js"

/** How the controller behaves. Times are milliseconds. */
export interface ControllerSettings {
  /** The cluster's name, as its EC2 tags spell it. */
  readonly clusterName: string
  readonly allocation: AllocationSettings
  readonly annotationForm: AnnotationForm
  /** What becomes of a pod that asks for `pod-eni` but matches no policy (contract §3). */
  readonly unmatched: "node-groups" | "wait"
  /** The account's groups per interface, 1 to 16. */
  readonly groupsPerInterface: number
  /** Keys that are worked on at the same time, 1 or more. */
  readonly workers: number
  readonly sweepInterval: number
  /** An idle branch is kept only while its subnet has at least so many addresses free. */
  readonly idleAddressFloor: number
  /** What EC2 is asked for at most; undefined asks without restraint. */
  readonly rates: Rates | undefined
  /** Windows pods get their annotation from somebody else's provider, which is there. */
  readonly windowsServed: boolean
}

export const defaults: Omit<ControllerSettings, "clusterName"> = {
  allocation: defaultAllocationSettings,
  annotationForm: "eight",
  unmatched: "node-groups",
  groupsPerInterface: 5,
  workers: 128,
  sweepInterval: 30 * 60_000,
  idleAddressFloor: 16,
  rates: documentedRates,
  windowsServed: false
}

const FiniteDuration = Schema.DurationFromString.check(
  Schema.makeFilter((duration) => Duration.isFinite(duration) && !Duration.isNegative(duration), {
    expected: "a finite duration, not negative"
  })
)

const millis = (name: string, otherwise: number): Config.Config<number> =>
  Config.schema(FiniteDuration, name).pipe(
    Config.map((duration) => Math.round(Duration.toMillis(duration))),
    Config.withDefault(otherwise)
  )

/**
 * The settings from an Effect `Config`: `CLUSTER_NAME` (required), `BRANCH_COOLDOWN`, `VLAN_QUARANTINE`, `VLAN_REST`, `SWEEP_INTERVAL`
 * (durations such as `90 seconds`), `ANNOTATION_FORM` (`eight`, `five`), `UNMATCHED` (`node-groups`, `wait`), `GROUPS_PER_INTERFACE` (1 to
 * 16), `WORKERS`, `IDLE_REUSE` (`off`, `same-groups`, `any-groups`), `IDLE_TIME_TO_LIVE`, `IDLE_CAP`, `IDLE_ADDRESS_FLOOR`,
 * `EC2_PACING` (`false` asks EC2 without restraint), `WINDOWS_SERVED`. A cooldown below 30 seconds becomes 30 seconds (contract §6), a sweep
 * interval below one minute one minute.
 */
export const fromConfig: Config.Config<ControllerSettings> = Config.all({
  clusterName: Config.NonEmptyString("CLUSTER_NAME"),
  cooldown: millis("BRANCH_COOLDOWN", defaultAllocationSettings.cooldown),
  vlanQuarantine: millis("VLAN_QUARANTINE", defaultAllocationSettings.vlanQuarantine),
  vlanRest: millis("VLAN_REST", defaultAllocationSettings.vlanRest),
  sweepInterval: millis("SWEEP_INTERVAL", defaults.sweepInterval),
  annotationForm: Config.Literals(["eight", "five"], "ANNOTATION_FORM").pipe(Config.withDefault(defaults.annotationForm)),
  unmatched: Config.Literals(["node-groups", "wait"], "UNMATCHED").pipe(Config.withDefault(defaults.unmatched)),
  groupsPerInterface: Config.Int("GROUPS_PER_INTERFACE").pipe(Config.withDefault(defaults.groupsPerInterface)),
  workers: Config.Int("WORKERS").pipe(Config.withDefault(defaults.workers)),
  idleReuse: Config.Literals(["off", "same-groups", "any-groups"], "IDLE_REUSE").pipe(Config.withDefault("off" as const)),
  timeToLive: millis("IDLE_TIME_TO_LIVE", 10 * 60_000),
  cap: Config.Int("IDLE_CAP").pipe(Config.withDefault(4)),
  idleAddressFloor: Config.Int("IDLE_ADDRESS_FLOOR").pipe(Config.withDefault(defaults.idleAddressFloor)),
  pacing: Config.Boolean("EC2_PACING").pipe(Config.withDefault(true)),
  windowsServed: Config.Boolean("WINDOWS_SERVED").pipe(Config.withDefault(defaults.windowsServed))
}).pipe(Config.map((read): ControllerSettings => ({
  clusterName: read.clusterName,
  allocation: {
    cooldown: atLeastMinimum(read.cooldown),
    vlanQuarantine: read.vlanQuarantine,
    vlanRest: read.vlanRest,
    idle: read.idleReuse === "off"
      ? undefined
      : { regroup: read.idleReuse === "any-groups", timeToLive: read.timeToLive, cap: read.cap }
  },
  annotationForm: read.annotationForm,
  unmatched: read.unmatched,
  groupsPerInterface: Math.min(16, Math.max(1, read.groupsPerInterface)),
  workers: Math.max(1, read.workers),
  sweepInterval: Math.max(minimumSweepInterval, read.sweepInterval),
  idleAddressFloor: read.idleAddressFloor,
  rates: read.pacing ? documentedRates : undefined,
  windowsServed: read.windowsServed
})))

/** Below 30 seconds a late DEL could still meet the next pod's link (contract §6). */
export const minimumCooldown = 30_000
export const atLeastMinimum = (cooldown: number): number => Math.max(minimumCooldown, cooldown)

/** Two looks have to be so far apart that what the first saw half done, between create and association, is done at the second. */
const minimumSweepInterval = 60_000
