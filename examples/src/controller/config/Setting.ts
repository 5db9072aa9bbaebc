import type { Kind } from "./Kind.js"

/** The groups of the help, in its order. */
export const groups = ["What to run", "Cluster", "Pods and branches", "EC2", "AWS", "EC2 in memory", "Leadership", "Webhooks", "Operations", "Calls to the API server"] as const
export type Group = typeof groups[number]

/** One thing that can be set, described once: flag, environment variable, file, help and documentation are made from this. */
export interface Setting<A> {
  readonly group: Group
  readonly kind: Kind<A>
  /** What holds where nobody says anything; undefined where that is nothing at all. */
  readonly otherwise: A | undefined
  /** Instead of the default's value, in help: what happens then. */
  readonly otherwiseText?: string
  /** One sentence without its full stop; what it is, its unit. */
  readonly means: string
  /** Where it stands in the file: `leadership.identity`. What is for the command line alone has none. */
  readonly file?: string
  /** Environment variables that count as well, after the one of our own. */
  readonly alsoFrom?: ReadonlyArray<string>
  /** Somebody has to say it. */
  readonly required?: true
}

/** A setting that always has a value. */
export interface Certain<A> extends Setting<A> {
  readonly otherwise: A
}

export const certain = <A>(setting: Omit<Certain<A>, "otherwise"> & { readonly otherwise: NoInfer<A> }): Certain<A> => setting

/** A setting that may have none. */
export interface Possible<A> extends Setting<A> {
  readonly otherwise: undefined
}

export const possible = <A>(setting: Omit<Setting<A>, "otherwise">): Possible<A> => ({ ...setting, otherwise: undefined })

/** `leaseDuration` → `lease-duration`: its flag without the dashes. */
export const flagName = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

/** `leaseDuration` → `BRANCHLINE_LEASE_DURATION`. */
export const environmentName = (name: string): string => `BRANCHLINE_${flagName(name).replaceAll("-", "_").toUpperCase()}`

/** All the environment variables that are looked at for it, the strongest first. */
export const environmentNames = (name: string, { alsoFrom = [] }: Pick<Setting<unknown>, "alsoFrom">): ReadonlyArray<string> => [environmentName(name), ...alsoFrom]
