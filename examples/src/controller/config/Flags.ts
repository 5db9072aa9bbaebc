import { Option } from "effect"
import { Flag } from "effect/cli"
import { flagName } from "./Setting.js"
import { type Name, names, settingOf } from "./Settings.js"

const flagOf = (name: Name): Flag.Flag<Option.Option<string>> => {
  const { kind, means } = settingOf(name)
  const flag = kind.metavar === ""
    ? Flag.Boolean(flagName(name)).pipe(Flag.map(String))
    : Flag.String(flagName(name)).pipe(Flag.withMetavar(kind.metavar))
  return flag.pipe(Flag.withDescription(means), Flag.optional)
}

/** A flag for every setting; what it says is still text, so that all that is wrong is told at once. */
export const flags: Readonly<Record<Name, Flag.Flag<Option.Option<string>>>> = Object.fromEntries(
  names.map((name) => [name, flagOf(name)])
) as Record<Name, Flag.Flag<Option.Option<string>>>

/** The texts of those that were given. */
export const given = (parsed: Readonly<Record<Name, Option.Option<string>>>): Partial<Record<Name, string>> =>
  Object.fromEntries(names.flatMap((name) => {
    const text = parsed[name]
    return Option.isSome(text) ? [[name, text.value]] : []
  }))
