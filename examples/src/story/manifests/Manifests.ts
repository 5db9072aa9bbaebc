import { Effect, Result } from "effect"
import { nameOf, namespaceOf } from "@branchline/adapter-memory/kubernetes/Document"
import { BadInput, badInput, type Finding } from "../BadInput.js"
import * as Files from "./Files.js"
import { type Kind, roleOf } from "./Kinds.js"
import type { Manifest } from "./Manifest.js"
import { policyFindings } from "./Policies.js"
import { missingNamespaces, serviceAccountFindings } from "./References.js"
import { shapeFindings } from "./Shape.js"
import { findingAt, type Source } from "./Source.js"
import { tidy } from "./Tidy.js"
import { parse } from "./Yaml.js"

/** What there is to be applied, in order, and what a person should know about it. */
export interface Manifests {
  readonly manifests: ReadonlyArray<Manifest>
  readonly warnings: ReadonlyArray<Finding>
}

interface Judged {
  readonly manifest: (Manifest & { readonly order: number }) | undefined
  readonly errors: ReadonlyArray<Finding>
  readonly warnings: ReadonlyArray<Finding>
}

const rejected = (source: Source, field: string, message: string, mend: string): Judged => ({
  manifest: undefined,
  errors: [findingAt(source, [field], message, mend)],
  warnings: []
})

const describe = (kind: Kind, { value }: Source): string => `${kind.kind} ${nameOf(value)}`

const judge = (given: Source): Judged => {
  const { apiVersion, kind } = given.value
  if (typeof apiVersion !== "string") return rejected(given, "apiVersion", "the document has no apiVersion", "say which API it belongs to")
  if (typeof kind !== "string") return rejected(given, "kind", "the document has no kind", "say what it is")
  const role = roleOf(apiVersion, kind)
  if (role._tag === "Unknown") return rejected(given, "kind", role.message, role.mend)
  if (role._tag === "Ignored") {
    return { manifest: undefined, errors: [], warnings: [findingAt(given, ["kind"], `${kind} is left out`, role.why)] }
  }
  const source = { ...given, value: tidy(given.value) }
  const shape = shapeFindings(source, role.kind)
  const policy = kind === "SecurityGroupPolicy" ? policyFindings(source) : { errors: [], warnings: [] }
  return {
    manifest: { kind: role.kind, document: source.value, source, order: role.order },
    errors: [...shape, ...policy.errors],
    warnings: policy.warnings
  }
}

/** The same object twice: the second would change the first. */
const twice = (manifests: ReadonlyArray<Manifest>): ReadonlyArray<Finding> => {
  const seen = new Map<string, Manifest>()
  return manifests.flatMap((manifest) => {
    const { document, kind, source } = manifest
    if (nameOf(document) === "") return []
    const key = `${kind.kind} ${namespaceOf(document) ?? ""}/${nameOf(document)}`
    const first = seen.get(key)
    if (first === undefined) {
      seen.set(key, manifest)
      return []
    }
    const there = `${first.source.file}:${first.source.lineOf(["kind"])}`
    return [findingAt(source, ["metadata", "name"], `${describe(kind, source)} is there already, in ${there}`, "take one out or rename it")]
  })
}

/** A namespace that nobody makes, as a manifest of its own. */
const namespaceManifest = (name: string, user: Manifest): Manifest => ({
  kind: { apiVersion: "v1", kind: "Namespace", stage: "ground", namespaced: false },
  document: { apiVersion: "v1", kind: "Namespace", metadata: { name } },
  source: user.source
})

/** The manifests of texts: read, judged, and in the order in which they are to be applied. */
export const fromFiles = (files: ReadonlyArray<Files.ManifestFile>): Result.Result<Manifests, BadInput> => {
  const parsed = files.map(({ name, text }) => parse(name, text))
  const broken = parsed.flatMap((one) => Result.isFailure(one) ? one.failure : [])
  if (broken.length > 0) return Result.fail(new BadInput({ findings: broken }))
  const judged = parsed.flatMap((one) => Result.isSuccess(one) ? one.success : []).map(judge)
  const sorted = judged.flatMap(({ manifest }) => manifest ?? []).sort((a, b) => a.order - b.order)
  const shapeErrors = judged.flatMap(({ errors }) => errors)
  const errors = shapeErrors.length > 0 ? shapeErrors : [...twice(sorted), ...serviceAccountFindings(sorted)]
  if (errors.length > 0) return Result.fail(new BadInput({ findings: errors }))
  const [first] = files
  if (sorted.length === 0) {
    return Result.fail(badInput({ file: first?.name, message: "there is no manifest in it", mend: "write at least one document" }))
  }
  const namespaces = missingNamespaces(sorted)
  return Result.succeed({
    manifests: [...[...namespaces].map(([name, user]) => namespaceManifest(name, user)), ...sorted],
    warnings: [
      ...judged.flatMap(({ warnings }) => warnings),
      ...[...namespaces].map(([name, { source }]) =>
        findingAt(source, ["metadata", "namespace"], `namespace ${name} is not among the manifests`, "it is made as if it had been there"))
    ]
  })
}

/** The manifests of files and directories. Fails with `BadInput`. */
export const load = Effect.fnUntraced(function*(paths: ReadonlyArray<string>) {
  const files = yield* Effect.forEach(paths, Files.read)
  return yield* Effect.fromResult(fromFiles(files.flat()))
})
