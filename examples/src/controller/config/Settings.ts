import type { Certain, Setting } from "./Setting.js"
import { aws } from "./settings/Aws.js"
import { pods } from "./settings/Branches.js"
import { ec2, ec2InMemory } from "./settings/Ec2.js"
import { calls, operations } from "./settings/Operations.js"
import { leadership, webhooks } from "./settings/Replicas.js"
import { cluster, whatToRun } from "./settings/Running.js"

/** Every setting of the controller, by the name that its flag, its environment variable and its value go by. */
export const settings = { ...whatToRun, ...cluster, ...pods, ...ec2, ...aws, ...ec2InMemory, ...leadership, ...webhooks, ...operations, ...calls }

export type Name = keyof typeof settings

type ValueOf<S> = S extends Certain<infer A> ? A : S extends Setting<infer A> ? A | undefined : never

/** What is in force. */
export type Configuration = { readonly [K in Name]: ValueOf<typeof settings[K]> }

export const names = Object.keys(settings) as ReadonlyArray<Name>

/** The setting, whatever its values are. */
export const settingOf = (name: Name): Setting<unknown> => settings[name] as Setting<unknown>
