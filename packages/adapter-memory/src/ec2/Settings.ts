import { publishedLimits, type LimitsTable } from "@branchline/core/limits/Limits"
import { Duration } from "effect"

/** A length of time, or a range from which each call draws its own, evenly. */
export type Span = Duration.Input | { readonly min: Duration.Input; readonly max: Duration.Input }

/** A token bucket: it starts full, and a call takes one token. */
export interface BucketSize {
  readonly capacity: number
  /** Tokens per second; a whole number of thousandths. */
  readonly refill: number
}

/** How fast EC2 lets an account call. `actions` overrides single actions by EC2's own name: `CreateNetworkInterface`. */
export interface ThrottleOptions {
  /** Calls that change something; 50 and 5/s by default (contract §6). */
  readonly mutating?: BucketSize | undefined
  /** Describes; 100 and 20/s by default (contract §6). */
  readonly describing?: BucketSize | undefined
  readonly actions?: Readonly<Record<string, BucketSize>> | undefined
}

/** What the account and the Region are like. Everything has a default. */
export interface Ec2Options {
  /** Same seed, same ids, same delays; by default the seed of the run. */
  readonly seed?: string | number | undefined
  /** Account id for which attaching is permitted. */
  readonly account?: string | undefined
  readonly limits?: LimitsTable | undefined
  /** From call to answer; the effect takes place somewhere in between. None by default. */
  readonly latency?: Span | undefined
  /** The same for single actions, by EC2's own name. */
  readonly latencies?: Readonly<Record<string, Span>> | undefined
  readonly throttle?: "off" | ThrottleOptions | undefined
  /** How far behind the truth a describe may look; none by default. */
  readonly describeLag?: Span | undefined
  /** How long EC2 goes on refusing a VLAN id on a trunk after its association ended; none by default. */
  readonly vlanCooldown?: Duration.Input | undefined
  /** How long EC2 goes on refusing to delete a branch (`InvalidNetworkInterface.InUse`) after its association ended; none by default. */
  readonly releaseDelay?: Duration.Input | undefined
  /** From `attaching` to `attached`; 1 second by default. */
  readonly attachDelay?: Duration.Input | undefined
  /** Know each security group from the moment that it is named: policies of a real cluster name groups that nobody made here. False by default. */
  readonly anyGroup?: boolean | undefined
  /** Security groups on one interface; 5 by default, EC2 raises it to 16 at most. */
  readonly groupsPerInterface?: number | undefined
  /** Interfaces in the Region; 5,000 by default. Source: Amazon VPC quotas, "Network interfaces per Region". */
  readonly interfacesPerRegion?: number | undefined
}

/** A {@link Span} in milliseconds. */
export interface Millis {
  readonly min: number
  readonly max: number
}

/** {@link Ec2Options} with every default filled in; times in milliseconds. */
export interface Settings {
  readonly seed: string
  readonly account: string
  readonly limits: LimitsTable
  readonly latency: Millis
  readonly latencies: Readonly<Record<string, Millis>>
  readonly throttle: Required<{ readonly [K in keyof ThrottleOptions]: NonNullable<ThrottleOptions[K]> }> | undefined
  readonly describeLag: Millis
  readonly vlanCooldown: number
  readonly releaseDelay: number
  readonly attachDelay: number
  readonly anyGroup: boolean
  readonly groupsPerInterface: number
  readonly interfacesPerRegion: number
}

const isRange = (span: Span): span is Exclude<Span, Duration.Input> => typeof span === "object" && "min" in span && "max" in span

const millis = (span: Span | undefined): Millis => {
  if (span === undefined) return { min: 0, max: 0 }
  if (isRange(span)) return { min: Duration.toMillis(span.min), max: Duration.toMillis(span.max) }
  const fixed = Duration.toMillis(span)
  return { min: fixed, max: fixed }
}

/** Fills in the defaults; `seed` is the run's. */
export const settingsOf = (options: Ec2Options, seed: string): Settings => {
  const throttle = options.throttle ?? {}
  return {
    seed: String(options.seed ?? seed),
    account: options.account ?? "111122223333",
    limits: options.limits ?? publishedLimits,
    latency: millis(options.latency),
    latencies: Object.fromEntries(Object.entries(options.latencies ?? {}).map(([action, span]) => [action, millis(span)])),
    throttle: throttle === "off" ? undefined : {
      mutating: throttle.mutating ?? { capacity: 50, refill: 5 },
      describing: throttle.describing ?? { capacity: 100, refill: 20 },
      actions: throttle.actions ?? {}
    },
    describeLag: millis(options.describeLag),
    vlanCooldown: Duration.toMillis(options.vlanCooldown ?? 0),
    releaseDelay: Duration.toMillis(options.releaseDelay ?? 0),
    attachDelay: Duration.toMillis(options.attachDelay ?? "1 second"),
    anyGroup: options.anyGroup ?? false,
    groupsPerInterface: options.groupsPerInterface ?? 5,
    interfacesPerRegion: options.interfacesPerRegion ?? 5_000
  }
}
