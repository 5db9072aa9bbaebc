import { publishedLimits, type LimitsTable } from "@branchline/core/limits/Limits"
import { withOverlay } from "@branchline/core/limits/Overlay"
import { defaultGroupsPerInterface, maxGroupsPerInterface } from "@branchline/core/selection/Selection"
import { Result, Schema, SchemaIssue } from "effect"
import { isMap, LineCounter, parseDocument } from "yaml"
import { CouldNotLook } from "../output/CouldNotLook.js"
import { fieldName, type Path, type Place, type Position } from "./Place.js"
import type { Severity } from "./Severity.js"
import { offsetOf } from "./Sources.js"

/** What manifests do not tell of the CNI plugin; the aws-node DaemonSet wins where it is there. */
const Cni = Schema.Struct({
  version: Schema.optionalKey(Schema.String),
  podEni: Schema.optionalKey(Schema.Boolean),
  enforcingMode: Schema.optionalKey(Schema.Literals(["strict", "standard"])),
  disableTcpEarlyDemux: Schema.optionalKey(Schema.Boolean),
  externalSnat: Schema.optionalKey(Schema.Boolean),
  nodeLocalDns: Schema.optionalKey(Schema.Boolean)
})

/** `.branchline-lint.yaml`. */
export const ConfigFile = Schema.Struct({
  /** By rule id: `off`, or another severity. */
  rules: Schema.optionalKey(Schema.Record(Schema.String, Schema.Literals(["off", "error", "warning", "info"]))),
  settings: Schema.optionalKey(Schema.Struct({
    /** Of manifests that name none; `default` where it is not said. */
    namespace: Schema.optionalKey(Schema.NonEmptyString),
    /** The account's quota, 1 to 16; 5 where it is not said. */
    groupsPerInterface: Schema.optionalKey(
      Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: maxGroupsPerInterface }, { expected: `1 to ${maxGroupsPerInterface}` }))
    ),
    /** The cluster's VPC. */
    vpc: Schema.optionalKey(Schema.String.check(Schema.isPattern(/^vpc-[0-9a-f]{8,17}$/, { expected: "a VPC id such as vpc-0123456789abcdef0" }))),
    /** `1.36`. */
    kubernetesVersion: Schema.optionalKey(Schema.String.check(Schema.isPattern(/^v?1\.\d+/, { expected: "a version such as \"1.36\", in quotes" }))),
    /** Whether the manifests are all that the cluster has, so that what is not there is nowhere. */
    complete: Schema.optionalKey(Schema.Boolean),
    cni: Schema.optionalKey(Cni),
    /** Limits over the published table, by instance type. */
    instanceTypes: Schema.optionalKey(Schema.Record(Schema.String, Schema.Unknown))
  }))
})
export type ConfigFile = typeof ConfigFile.Type

/** Switches and settings, and where they stand. */
export interface Settings {
  readonly rules: ReadonlyMap<string, "off" | Severity>
  readonly namespace: string
  readonly groupsPerInterface: number
  readonly vpc: string | undefined
  /** Minor version of Kubernetes 1. */
  readonly kubernetesMinor: number | undefined
  readonly complete: boolean
  readonly cni: typeof Cni.Type
  readonly limits: LimitsTable
  readonly placeOf: (path: Path) => Place
}

const nowhere = (path: Path): Place => ({ object: "settings", field: fieldName(path), position: undefined })

const settingsOf = (file: ConfigFile, limits: LimitsTable, placeOf: (path: Path) => Place): Settings => {
  const { cni = {}, complete = false, groupsPerInterface = defaultGroupsPerInterface, kubernetesVersion, namespace = "default", vpc } = file.settings ?? {}
  return {
    rules: new Map(Object.entries(file.rules ?? {})),
    namespace,
    groupsPerInterface,
    vpc,
    kubernetesMinor: kubernetesVersion === undefined ? undefined : Number(/^v?1\.(\d+)/.exec(kubernetesVersion)?.[1]),
    complete,
    cni,
    limits,
    placeOf
  }
}

/** Where there is no config file. */
export const defaultSettings: Settings = settingsOf({}, publishedLimits, nowhere)

const decode = Schema.decodeUnknownResult(ConfigFile, { errors: "all", onExcessProperty: "error", reportInput: true })
const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

/**
 * The settings that a config file says. Fails with `CouldNotLook` and every line that is wrong; a rule id that is none is no failure, but told by the rule
 * `disable-unknown-rule`.
 */
export const parseSettings = (name: string, text: string): Result.Result<Settings, CouldNotLook> => {
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false })
  const positionAt = (offset: number): Position => {
    const { col, line } = counter.linePos(offset)
    return { file: name, line: Math.max(1, line), column: Math.max(1, col) }
  }
  const positionOf = (path: Path): Position => positionAt(offsetOf(document, path))
  const failed = (problems: ReadonlyArray<{ readonly position: Position; readonly text: string }>) =>
    Result.fail(new CouldNotLook({
      message: problems.map(({ position, text: problem }) => `${position.file}:${position.line}: ${problem}`).join("\n"),
      mend: "docs/cli/lint.md has all settings"
    }))
  const wrong = (path: Path, message: string) => ({ position: positionOf(path), text: `${path.length === 0 ? "" : `${fieldName(path)}: `}${message.replace(" | undefined", "")}` })

  const [error] = document.errors
  if (error !== undefined) return failed([{ position: positionAt(error.pos[0]), text: `this is no YAML: ${error.message}` }])
  if (document.contents === null) return Result.succeed(settingsOf({}, publishedLimits, nowhere))
  if (!isMap(document.contents)) return failed([wrong([], "a config file is a mapping of rules and settings")])
  const value = Result.try({ try: (): unknown => document.toJS({ maxAliasCount: 100 }), catch: String })
  if (Result.isFailure(value)) return failed([wrong([], value.failure)])
  const decoded = decode(value.success)
  if (Result.isFailure(decoded)) {
    return failed(issuesOf(decoded.failure.issue).issues.map(({ message, path = [] }) =>
      wrong(path.map((step) => {
        const key = typeof step === "object" ? step.key : step
        return typeof key === "number" ? key : String(key)
      }), message)))
  }
  const limits = withOverlay(publishedLimits, decoded.success.settings?.instanceTypes ?? {})
  if (Result.isFailure(limits)) return failed([wrong(["settings", "instanceTypes"], limits.failure.message)])
  const placeOf = (path: Path): Place => ({ object: "settings", field: fieldName(path), position: positionOf(path) })
  return Result.succeed(settingsOf(decoded.success, limits.success, placeOf))
}
