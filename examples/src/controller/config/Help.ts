import type { HelpDoc } from "effect/cli"
import { Option } from "effect"
import { environmentNames, flagName, groups } from "./Setting.js"
import { type Name, names, settingOf } from "./Settings.js"

const width = 100
const column = 32

/** Words on lines of the width that is left. */
const wrapped = (text: string, room: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  let line = ""
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > room) {
      lines.push(line)
      line = word
    } else line = line === "" ? word : `${line} ${word}`
  }
  return line === "" ? lines : [...lines, line]
}

/** `  --flag <n>   What it is.`, with what does not fit below. */
const entry = (left: string, right: string): ReadonlyArray<string> => {
  const head = `  ${left}`
  const [first = "", ...rest] = wrapped(right, width - column)
  const indented = rest.map((line) => `${" ".repeat(column)}${line}`)
  return head.length < column - 1 ? [`${head.padEnd(column)}${first}`, ...indented] : [head, `${" ".repeat(column)}${first}`, ...indented]
}

const paragraph = (text: string, indent = ""): ReadonlyArray<string> => wrapped(text, width - indent.length).map((line) => `${indent}${line}`)

/** The default in a few words; empty where there is nothing to say. */
export const defaultOf = (name: Name): string => {
  const { kind, otherwise, otherwiseText, required } = settingOf(name)
  if (required === true) return "Has to be said"
  if (otherwiseText !== undefined) return `Default: ${otherwiseText}`
  if (otherwise === undefined || otherwise === false) return ""
  return otherwise === true ? `Default: on (--no-${flagName(name)})` : `Default: ${kind.show(otherwise)}`
}

const flagEntry = (name: Name): ReadonlyArray<string> => {
  const { kind, means } = settingOf(name)
  const metavar = kind.metavar.includes("|") ? kind.metavar : `<${kind.metavar}>`
  const other = defaultOf(name)
  return entry(`--${flagName(name)}${kind.metavar === "" ? "" : ` ${metavar}`}`, `${means}.${other === "" ? "" : ` ${other}.`}`)
}

/** The controller's flags in their groups. */
export const controllerFlags = (): ReadonlyArray<string> =>
  groups.flatMap((group) => [
    "",
    group.toUpperCase(),
    ...names.filter((name) => settingOf(name).group === group).flatMap(flagEntry)
  ])

/** What the exit codes of the controller mean. */
export const exitCodes = [
  ["0", "It did what it was told: stopped by SIGTERM or SIGINT with its work handed over and the lease released, or a plan or settings printed"],
  ["1", "Flags, environment or a file are wrong: nothing was begun"],
  ["2", "The cluster or EC2 cannot be reached, or not be used: kubeconfig, certificate, credentials, Region, permission or custom resource missing"],
  ["3", "A server of its own cannot be had: a port in use, a certificate that cannot be served"],
  ["4", "It broke: this is a bug, and what it was doing is taken up at the next start"],
  ["5", "It was stopped by SIGTERM or SIGINT, and something had not ended after 4.8 seconds: it may be that not all was handed over"],
  ["130, 143", "A second SIGINT or SIGTERM ended it at once: nothing was handed over"]
] as const

/** A sentence about the other places where the same can be said. */
const elsewhere = "Whatever a flag says can be said in the environment, too (--lease-duration: BRANCHLINE_LEASE_DURATION), and in the file; --print-config " +
  "shows where everything stands. Flags win over the environment, the environment over the file. Lengths of time are 500ms, 90s, 1m30s."

const examples: ReadonlyArray<readonly [command: string, means: string]> = [
  ["npm start", "A real cluster's record, played in memory"],
  ["npm start -- --backend kubernetes --cluster-name seed --dry-run", "What the controller would do to the cluster of your kubeconfig"],
  ["npm start -- --backend kubernetes --cluster-name seed --webhook-address off", "The controller without webhooks, from a desk"],
  ["npm start -- --backend aws --cluster-name seed --region eu-west-1", "The controller on a real cluster and EC2"],
  ["AWS_ENDPOINT_URL=http://127.0.0.1:4566 npm start -- --backend aws --cluster-name seed", "The same with the EC2 of npx branchline-ec2 --port 4566"],
  ["npm start -- --backend kubernetes --config controller.yaml --print-config", "What would be in force, and where it comes from"]
]

const closing = (): ReadonlyArray<string> => [
  "",
  "EXIT CODES",
  ...exitCodes.flatMap(([code, means]) => entry(code, `${means}.`)),
  "",
  "EXAMPLES",
  ...examples.flatMap(([command, means]) => [`  ${command}`, `      ${means}.`])
]

/** The help of the controller. */
export const controllerHelp = (): string =>
  [
    ...paragraph(
      "Branchline's controller: gives the pods of a Kubernetes cluster security groups of their own. With --backend aws EC2 is real: trunk and branch " +
        "calls are open only to accounts that AWS allows. With --backend kubernetes it is in memory."
    ),
    "",
    "USAGE",
    "  npm start -- --backend kubernetes|aws --cluster-name <name> [flags]",
    "",
    ...paragraph(elsewhere),
    ...controllerFlags(),
    ...closing()
  ].join("\n")

const storyEntry = ({ aliases, description, name, type }: HelpDoc.FlagDoc): ReadonlyArray<string> =>
  entry(
    `--${name}${aliases.length > 0 ? `, ${aliases.join(", ")}` : ""}${type === "boolean" ? "" : ` <${type}>`}`,
    `${Option.getOrElse(description, () => "")}.`
  )

/** The help of both modes: the story's own flags, and the controller's. */
export const wholeHelp = (story: HelpDoc.HelpDoc): string =>
  [
    ...paragraph("Security groups for pods: a story in memory, or the controller at work on a cluster."),
    "",
    "USAGE",
    "  npm start -- [flags of the story]",
    "  npm start -- --backend kubernetes|aws --cluster-name <name> [flags of the controller]",
    "",
    "THE STORY (--backend memory, which is the default)",
    ...paragraph(story.description, "  "),
    ...story.flags.flatMap(storyEntry),
    "",
    "THE CONTROLLER (--backend kubernetes, --backend aws)",
    ...paragraph(`Serves the cluster of the kubeconfig, with EC2 in memory or with the real one. ${elsewhere}`, "  "),
    ...controllerFlags(),
    ...closing()
  ].join("\n")

/** Every setting as a row of a Markdown table. */
export const settingsTable = (): string => {
  const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("<", "&lt;")
  const code = (text: string): string => `\`${text}\``
  const row = (name: Name): string => {
    const setting = settingOf(name)
    const switchOrValue = setting.kind.metavar === "" ? "" : ` ${setting.kind.metavar}`
    return `| ${[
      code(`--${flagName(name)}${switchOrValue}`).replaceAll("|", "\\|"),
      environmentNames(name, setting).map(code).join(", "),
      setting.file === undefined ? "" : code(setting.file),
      cell(`${setting.means}.${defaultOf(name) === "" ? "" : ` ${defaultOf(name)}.`}`)
    ].join(" | ")} |`
  }
  return groups.flatMap((group) => [
    `### ${group}`,
    "",
    "| flag | environment | in the file | what it is |",
    "|---|---|---|---|",
    ...names.filter((name) => settingOf(name).group === group).map(row),
    ""
  ]).join("\n")
}
