import { Console, Effect, FileSystem, Option, type Scope, type Stdio } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { lookFlags, type LookAsked } from "../cluster/Flags.js"
import type { Look } from "../cluster/Look.js"
import { lookFrom } from "../cluster/Open.js"
import type { Background } from "../lint/FromLook.js"
import { Report } from "../lint/Report.js"
import { CouldNotLook } from "../output/CouldNotLook.js"
import { outputFlags } from "../output/Flags.js"
import { FoundSomething, textOf } from "../output/Print.js"
import { version } from "../Version.js"
import { exitCodes, type Listed } from "./Answering.js"

const configName = ".branchline-lint.yaml"

/** Besides the output that all commands have: what code hosts read. */
const formats = ["text", "json", "yaml", "sarif", "github"] as const

const flags = {
  files: Argument.String("file").pipe(
    Argument.withDescription("Manifests as YAML or JSON, folders of them, - for the standard input. Without any, the cluster or snapshot itself is judged"),
    Argument.variadic()
  ),
  config: Flag.String("config").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription(`Rules that are off, severities and settings. Default: ${configName}, where it is there`),
    Flag.map(Option.some),
    Flag.withDefault(Option.none<string>())
  ),
  failOn: Flag.Literals("fail-on", ["error", "warning", "info"]).pipe(
    Flag.withDescription("The least severity that makes the exit code 1. Default: warning"),
    Flag.withDefault("warning" as const)
  ),
  format: Flag.Literals("format", formats).pipe(
    Flag.withAlias("output"),
    Flag.withAlias("o"),
    Flag.withDescription("text for people, json or yaml for programs, sarif (2.1.0), or github for workflow commands. Default: text"),
    Flag.withDefault("text" as (typeof formats)[number])
  ),
  cluster: Flag.Boolean("cluster").pipe(
    Flag.withDescription("Judge the manifests as if they were applied to the cluster: its pods, service accounts, nodes and settings count. --snapshot and --aws imply it"),
    Flag.withDefault(false)
  ),
  noColor: outputFlags.noColor,
  width: outputFlags.width,
  ...lookFlags
}

const readConfig = Effect.fnUntraced(function*(asked: Option.Option<string>) {
  const files = yield* FileSystem.FileSystem
  const { defaultSettings, parseSettings } = yield* Effect.promise(() => import("../lint/Settings.js"))
  const name = Option.getOrElse(asked, () => configName)
  const there = yield* Effect.orElseSucceed(files.exists(name), () => false)
  if (!there && Option.isNone(asked)) return defaultSettings
  const text = yield* Effect.mapError(
    files.readFileString(name),
    ({ reason }) => new CouldNotLook({ message: `${name}: ${reason._tag === "NotFound" ? "there is no such file" : `it cannot be read: ${reason.message}`}`, mend: "name a config file" })
  )
  return yield* Effect.fromResult(parseSettings(name, text))
})

interface Asked extends LookAsked {
  readonly files: ReadonlyArray<string>
  readonly config: Option.Option<string>
  readonly cluster: boolean
}

/** The look that is wanted: of what is judged, or of what the manifests are judged against. */
const lookWanted = Effect.fnUntraced(function*(asked: Asked): Effect.fn.Return<Look | undefined, CouldNotLook, FileSystem.FileSystem | Scope.Scope | Stdio.Stdio> {
  if (asked.files.length > 0 && !asked.cluster && !asked.aws && Option.isNone(asked.snapshot)) return undefined
  if (asked.files.includes("-") && Option.contains(asked.snapshot, "-")) {
    return yield* new CouldNotLook({ message: "the standard input cannot be both manifests and snapshot", mend: "name a file for one of them" })
  }
  const { without } = yield* Effect.promise(() => import("../lint/FromLook.js"))
  return yield* lookFrom(asked, { without })
})

/** What there is to judge by in a look; AWS is asked only where the user said so. */
const backgroundFrom = Effect.fnUntraced(function*(look: Look, asked: Asked, namespace: string | undefined, groupIds: ReadonlyArray<string>): Effect.fn.Return<Background, never, Scope.Scope> {
  const { backgroundOf } = yield* Effect.promise(() => import("../lint/FromLook.js"))
  const background = backgroundOf(look, namespace)
  if (!asked.aws) return background
  const { besideLook } = yield* Effect.promise(() => import("../lint/AwsBeside.js"))
  return yield* besideLook(background, look, {
    profile: Option.getOrUndefined(asked.profile),
    endpoint: Option.getOrUndefined(asked.endpointUrl),
    clusterName: Option.getOrUndefined(asked.clusterName),
    groupIds
  })
})

const reportOf = Effect.fnUntraced(function*(asked: Asked) {
  const [{ gather }, { groupIdsIn, lintCluster, lintTexts }] = yield* Effect.promise(() => Promise.all([import("../lint/Gather.js"), import("../lint/Manifests.js")]))
  const config = yield* readConfig(asked.config)
  const settings = { ...config, namespace: Option.getOrElse(asked.namespace, () => config.namespace) }
  const look = yield* lookWanted(asked)
  if (asked.files.length === 0 && look !== undefined) {
    return lintCluster(yield* backgroundFrom(look, asked, Option.getOrUndefined(asked.namespace), []), settings)
  }
  const { notLooked, texts } = yield* gather(asked.files)
  return lintTexts({ texts, notLooked, settings, cluster: look === undefined ? undefined : yield* backgroundFrom(look, asked, undefined, groupIdsIn(texts)) })
})

const command = Command.make(
  "lint",
  flags,
  Effect.fnUntraced(function*({ failOn, format, noColor, width, ...asked }) {
    const report = yield* reportOf(asked)
    const { atLeast } = yield* Effect.promise(() => import("../lint/Report.js"))
    const found = report.findings.some(({ severity }) => atLeast(severity, failOn))
    switch (format) {
      case "sarif": {
        const { sarif } = yield* Effect.promise(() => import("../lint/format/Sarif.js"))
        yield* Console.log(JSON.stringify(sarif(report, version), null, 2))
        break
      }
      case "github": {
        const { gitHub } = yield* Effect.promise(() => import("../lint/format/GitHub.js"))
        if (report.findings.length > 0) yield* Console.log(gitHub(report))
        break
      }
      default: {
        const { text } = yield* Effect.promise(() => import("../lint/format/Text.js"))
        yield* Console.log(yield* textOf({ data: report, text: (page) => text(report, page), found }, Report, { output: format, noColor, width }))
      }
    }
    if (found) return yield* new FoundSomething()
  })
).pipe(
  Command.withDescription(
    "Finds what is wrong with policies and with the pods that they are for: in manifests, in what helm or kustomize makes, in a snapshot or in the cluster.\n\n" +
      `Each finding has a rule, the line of the file, why it matters, and the mend. A comment (# branchline-lint-disable RULE) or ${configName} switches a rule off.\n\n` +
      exitCodes
  ),
  Command.withShortDescription("Finds what is wrong with policies and pods: in manifests, in a snapshot or in the cluster"),
  Command.withExamples([
    { command: "branchline lint manifests/", description: "All YAML and JSON files of a folder" },
    { command: "helm template my-chart | branchline lint -", description: "What a chart makes; for a kustomization: kubectl kustomize DIR | branchline lint -" },
    { command: "branchline lint sgp.yaml --cluster --aws", description: "A policy, as if it were applied to the cluster, with EC2's security groups" },
    { command: "branchline lint", description: "The cluster itself" },
    { command: "branchline lint manifests/ --format sarif > lint.sarif", description: "For code scanning; --format github annotates a pull request" }
  ])
)

export const lint: Listed = { command, answers: { lint: Report } }
