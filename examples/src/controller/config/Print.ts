import type { Kind } from "./Kind.js"
import type { Resolved } from "./Resolve.js"
import { flagName } from "./Setting.js"
import { type Name, names, settingOf } from "./Settings.js"

/** Whether YAML reads the text as a text without quotes. */
const isPlain = (text: string): boolean =>
  /^[A-Za-z0-9_./][A-Za-z0-9_./:@%+~-]*$/.test(text) && !/:$|^(true|false|null|yes|no|\.(nan|inf))$|^[-+.]?\d[\da-fxo_.+-]*$/i.test(text)

const scalar = (text: string): string => isPlain(text) ? text : JSON.stringify(text)

/** The value as YAML, as much of it as people may see. */
const yamlOf = ({ show, yaml }: Kind<unknown>, value: unknown): string => {
  const text = show(value)
  if (yaml === "list") return text === "" ? "[]" : `[${text.split(",").map(scalar).join(", ")}]`
  return yaml === "string" ? scalar(text) : text
}

/**
 * The settings in force as a file that `--config` takes, each with where it comes from. A password in a URL is not shown, and the file with
 * it is then no longer the same.
 */
export const printed = ({ configuration, origins }: Resolved): string => {
  const lines = ["# The settings in force. Flags win over the environment, the environment over the file."]
  const line = (name: Name, key: string, indent: string): string => {
    const { kind, otherwiseText } = settingOf(name)
    const value = configuration[name]
    return value === undefined
      ? `${indent}# ${key}: not set${otherwiseText === undefined ? "" : `: ${otherwiseText}`}`
      : `${indent}${key}: ${yamlOf(kind, value)} # ${origins[name]}`
  }
  for (const name of names.filter((name) => settingOf(name).file === undefined && origins[name] !== "default")) {
    lines.push(`# ${flagName(name)}: ${settingOf(name).kind.show(configuration[name])} # ${origins[name]}`)
  }
  let section = ""
  for (const name of namesByPlace) {
    const place = settingOf(name).file ?? ""
    const [above, key] = place.includes(".") ? place.split(".") : ["", place]
    if (above !== section) {
      section = above ?? ""
      lines.push(`${section}:`)
    }
    lines.push(line(name, key ?? "", section === "" ? "" : "  "))
  }
  return lines.join("\n")
}

const sectionOf = (name: Name): string => (settingOf(name).file ?? "").replace(/\.?[^.]*$/, "")

/** All that can stand in a file, those of one section together, in the order of the sections. */
const namesByPlace: ReadonlyArray<Name> = (() => {
  const inFile = names.filter((name) => settingOf(name).file !== undefined)
  return [...new Set(inFile.map(sectionOf))].flatMap((section) => inFile.filter((name) => sectionOf(name) === section))
})()
