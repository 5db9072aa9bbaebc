import { Result } from "effect"
import { nearest } from "@branchline/core/limits/Nearest"
import type { Finding } from "../../story/BadInput.js"
import type { Written } from "./File.js"
import { environmentName, environmentNames, flagName } from "./Setting.js"
import { type Configuration, type Name, names, settingOf } from "./Settings.js"
import { contradictions } from "./Contradictions.js"

/** What people said, by where they said it. */
export interface Said {
  /** Texts of flags. */
  readonly flags: Partial<Readonly<Record<Name, string>>>
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly file?: { readonly path: string; readonly settings: ReadonlyMap<Name, Written> } | undefined
}

/** Where a value comes from: `--workers`, `BRANCHLINE_WORKERS`, `config.yaml:7`, `default`. */
export type Origins = Readonly<Record<Name, string>>

/** The settings in force. */
export interface Resolved {
  readonly configuration: Configuration
  readonly origins: Origins
  /** What a person should know, though it can be played. */
  readonly warnings: ReadonlyArray<Finding>
}

interface Choice {
  readonly origin: string
  readonly text: string
}

/** The strongest of what was said. An empty variable says nothing, as with kubectl. */
const choose = (name: Name, { environment, file, flags }: Said): Choice | undefined => {
  const flag = flags[name]
  if (flag !== undefined) return { origin: `--${flagName(name)}`, text: flag }
  for (const variable of environmentNames(name, settingOf(name))) {
    const text = environment[variable]
    if (text !== undefined && text !== "") return { origin: variable, text }
  }
  const written = file?.settings.get(name)
  return written === undefined ? undefined : { origin: `${file?.path ?? ""}:${written.line}`, text: written.text }
}

/** A Service named `branchline…` in the pod's namespace makes such variables. Source: Kubernetes, "Service", environment variables. */
const isServiceLink = (variable: string): boolean => /_SERVICE_(HOST|PORT)|_PORT(_\d+_|$)/.test(variable)

const known: ReadonlySet<string> = new Set(names.map(environmentName))

const slips = (environment: Said["environment"]): ReadonlyArray<Finding> =>
  Object.keys(environment).filter((variable) => variable.startsWith("BRANCHLINE_") && !known.has(variable) && !isServiceLink(variable)).map((variable) => {
    const meant = nearest(variable, known)
    return {
      field: variable,
      message: "there is no such setting, so it changes nothing",
      mend: meant === undefined ? "--help lists those that there are" : `did you mean ${meant}?`
    }
  })

const waysToSay = (name: Name): string => {
  const { file } = settingOf(name)
  const ways = [`--${flagName(name)}`, ...environmentNames(name, settingOf(name)), ...(file === undefined ? [] : [`${file} in the file`])]
  return `say it: ${ways.slice(0, -1).join(", ")} or ${ways.at(-1) ?? ""}`
}

/** Flags over environment over file over defaults, or everything that keeps the values in force from being used. */
export const resolve = (said: Said): Result.Result<Resolved, ReadonlyArray<Finding>> => {
  const findings: Array<Finding> = []
  const broken = new Set<Name>()
  const values: Partial<Record<Name, unknown>> = {}
  const origins: Partial<Record<Name, string>> = {}
  for (const name of names) {
    const { kind, otherwise, required } = settingOf(name)
    const choice = choose(name, said)
    const value = choice === undefined ? otherwise : kind.read(choice.text)
    if (choice !== undefined && value === undefined) {
      findings.push({ field: choice.origin, message: `it is ${JSON.stringify(choice.text)}`, mend: `it has to be ${kind.expected}` })
    }
    if (choice === undefined && required === true) {
      findings.push({ field: flagName(name).replaceAll("-", " "), message: "it is not known", mend: waysToSay(name) })
    }
    if (value === undefined && (choice !== undefined || required === true)) broken.add(name)
    values[name] = value ?? otherwise
    origins[name] = choice?.origin ?? "default"
  }
  const resolved = { configuration: values as Configuration, origins: origins as Origins }
  const { errors, warnings } = contradictions(resolved, broken)
  findings.push(...errors)
  return findings.length > 0 ? Result.fail(findings) : Result.succeed({ ...resolved, warnings: [...slips(said.environment), ...warnings] })
}
