import { limitsOf, publishedLimits } from "@branchline/core/limits/Limits"
import { Data, Result, Schema, SchemaIssue } from "effect"
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, stringify } from "yaml"
import { Mix } from "../life/Mix.js"
import { Plan, type Step, troubleSteps, workloadSteps } from "../life/Plan.js"
import { actedOn, madeBy } from "../life/Workloads.js"

/** A life that was worth to be kept: what it is about, and its plan. */
export interface Scenario {
  /** What went wrong once, in a sentence. */
  readonly about: string
  readonly plan: Plan
}

/** What is wrong with a file, and where: `file:line: field: message`. Not retryable. */
export class BadFile extends Data.TaggedError("BadFile")<{
  /** One line for each problem. */
  readonly message: string
}> {}

type Path = ReadonlyArray<PropertyKey>

interface Problem {
  readonly path: Path
  readonly message: string
}

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()
const strictly = { errors: "all", onExcessProperty: "error" } as const

const pathOf = (path: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined): Path =>
  (path ?? []).map((step) => typeof step === "object" ? step.key : step)

/** Decodes, or says what is wrong with which field. */
const decoded = <S extends Schema.ConstraintDecoder<unknown>>(schema: S, value: unknown, under: Path): Result.Result<S["Type"], ReadonlyArray<Problem>> =>
  Result.mapError(Schema.decodeUnknownResult(schema)(value, strictly), ({ issue }) =>
    issuesOf(issue).issues.map(({ message, path }) => ({ path: [...under, ...pathOf(path)], message })))

const startOf = (node: unknown): number | undefined => (node as Partial<Node> | null | undefined)?.range?.[0]

const offsetOf = (root: unknown, path: Path): number => {
  let node = root
  let offset = startOf(node) ?? 0
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
      if (pair === undefined) return offset
      offset = startOf(pair.key) ?? offset
      node = pair.value
    } else if (isSeq(node)) {
      node = node.items[Number(step)]
      offset = startOf(node) ?? offset
    } else return offset
  }
  return offset
}

const fieldOf = (path: Path): string => path.map((step, index) => typeof step === "number" ? `[${step}]` : `${index === 0 ? "" : "."}${String(step)}`).join("")

/** Reads a text as YAML (of which JSON is a part), and what is in it by `read`. */
const readWith = <A>(file: string, text: string, read: (value: unknown) => Result.Result<A, ReadonlyArray<Problem>>): Result.Result<A, BadFile> => {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const bad = (problems: ReadonlyArray<{ readonly line: number; readonly text: string }>) =>
    new BadFile({ message: problems.map((one) => `${file}:${one.line}: ${one.text}`).join("\n") })
  const [error] = document.errors
  if (error !== undefined) return Result.fail(bad([{ line: lines.linePos(error.pos[0]).line, text: `this is no YAML: ${error.message}` }]))
  return Result.mapError(read(document.toJS({ maxAliasCount: 100 })), (problems) =>
    bad(problems.map(({ message, path }) => ({
      line: lines.linePos(offsetOf(document.contents, path)).line,
      text: path.length === 0 ? message : `${fieldOf(path)}: ${message}`
    }))))
}

const kinds = { ...workloadSteps, ...troubleSteps }
type Kind = keyof typeof kinds
const isKind = (text: unknown): text is Kind => typeof text === "string" && Object.hasOwn(kinds, text)

const stepAt = (value: unknown, index: number): Result.Result<Step, ReadonlyArray<Problem>> => {
  const kind = typeof value === "object" && value !== null && "do" in value ? value.do : undefined
  if (isKind(kind)) return decoded(kinds[kind], value, ["steps", index]) as Result.Result<Step, ReadonlyArray<Problem>>
  return Result.fail([{ path: ["steps", index, "do"], message: `${JSON.stringify(kind)} is no step: ${Object.keys(kinds).join(", ")}` }])
}

const Head = Schema.Struct({ ...Plan.fields, about: Schema.optionalKey(Schema.String), steps: Schema.Array(Schema.Unknown) })

/** What can be decoded and makes no sense. */
const contradictions = ({ steps, world }: Plan): ReadonlyArray<Problem> => {
  const problems: Array<Problem> = []
  const limits = limitsOf(publishedLimits, world.instanceType)
  const branches = Result.isSuccess(limits) ? limits.success.branches : 0
  if (branches === 0) problems.push({ path: ["world", "instanceType"], message: `${world.instanceType} carries no branches: nothing can be served` })
  const names = new Set(steps.map(madeBy))
  const joins = steps.filter((step) => step.do === "join").length
  const room = (world.nodes + joins) * branches
  for (const [index, step] of steps.entries()) {
    const path = ["steps", index]
    const name = actedOn(step)
    if (name !== undefined && !names.has(name)) problems.push({ path: [...path, "name"], message: `there is no workload ${name} to ${step.do}` })
    const asked = step.do === "burst" ? step.pods : "replicas" in step ? step.replicas : step.do === "job" ? step.parallelism : 0
    const field = step.do === "burst" ? "pods" : step.do === "job" ? "parallelism" : "replicas"
    if (branches > 0 && asked > room) problems.push({ path: [...path, field], message: `${asked} pods ask for a branch each, and all nodes together carry ${room}` })
    if (index > 0 && step.at < (steps[index - 1]?.at ?? 0)) problems.push({ path: [...path, "at"], message: "is before the step above it" })
  }
  return problems
}

const planIn = (value: unknown): Result.Result<Scenario, ReadonlyArray<Problem>> =>
  Result.flatMap(decoded(Head, value, []), ({ about = "", steps, ...rest }) => {
    const read = steps.map(stepAt)
    const problems = read.flatMap((one) => Result.isFailure(one) ? one.failure : [])
    if (problems.length > 0) return Result.fail(problems)
    const plan: Plan = { ...rest, steps: read.flatMap((one) => Result.isSuccess(one) ? one.success : []) }
    const wrong = contradictions(plan)
    return wrong.length > 0 ? Result.fail(wrong) : Result.succeed({ about, plan })
  })

/** A scenario's text, or everything that is wrong with it, with lines. */
export const parseScenario = (file: string, text: string): Result.Result<Scenario, BadFile> => readWith(file, text, planIn)

/** A mix's text, or everything that is wrong with it, with lines. */
export const parseMix = (file: string, text: string): Result.Result<Mix, BadFile> => readWith(file, text, (value) => decoded(Mix, value, []))

/** The text that {@link parseScenario} reads: a line a step. */
export const formatScenario = ({ about, plan: { quiet, seed, steps, world } }: Scenario): string => {
  const flow = (value: unknown): string => stringify(value, { collectionStyle: "flow", lineWidth: 0, defaultStringType: "PLAIN", defaultKeyType: "PLAIN" }).trim()
  return [
    `about: ${JSON.stringify(about)}`,
    `seed: ${JSON.stringify(seed)}`,
    `world: ${flow(world)}`,
    steps.length === 0 ? "steps: []" : "steps:",
    ...steps.map((step) => `  - ${flow(step)}`),
    `quiet: ${quiet}`,
    ""
  ].join("\n")
}
