import { Result, Schema, SchemaIssue } from "effect"
import { ENIConfig } from "@branchline/core/model/ENIConfig"
import { field, StringMap } from "@branchline/core/model/Fields"
import { PodSpec, Resources } from "@branchline/core/model/Pod"
import { SecurityGroupPolicy } from "@branchline/core/model/SecurityGroupPolicy"
import type { Finding } from "../BadInput.js"
import type { Kind } from "./Kinds.js"
import { findingAt, type Source } from "./Source.js"

const Metadata = Schema.Struct({
  name: field(Schema.NonEmptyString),
  generateName: field(Schema.NonEmptyString),
  namespace: field(Schema.NonEmptyString),
  labels: field(StringMap),
  annotations: field(StringMap)
})

/** A pod's spec as far as this world plays it: what the controller reads, and what kubelet needs. */
const PlayedPod = Schema.Struct({
  ...PodSpec.fields,
  restartPolicy: field(Schema.Literals(["Always", "OnFailure", "Never"])),
  containers: Schema.Array(Schema.Struct({
    name: Schema.NonEmptyString,
    image: field(Schema.String),
    command: field(Schema.Array(Schema.String)),
    args: field(Schema.Array(Schema.String)),
    resources: field(Resources)
  })).check(Schema.isMinLength(1, { expected: "at least one container" }))
})

const count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0, { expected: "a whole number, 0 or more" }))

const Workload = Schema.Struct({
  replicas: field(count),
  completions: field(count),
  parallelism: field(count),
  template: Schema.Struct({ metadata: field(Metadata), spec: PlayedPod })
})

const withSpec = <S extends Schema.Constraint>(spec: S) => Schema.Struct({ metadata: Metadata, spec })

const schemas = {
  Namespace: Schema.Struct({ metadata: Metadata }),
  ServiceAccount: Schema.Struct({ metadata: Metadata }),
  ConfigMap: Schema.Struct({ metadata: Metadata, data: field(StringMap) }),
  ENIConfig: Schema.Struct({ metadata: Metadata, spec: ENIConfig.fields.spec }),
  SecurityGroupPolicy: Schema.Struct({ metadata: Metadata, spec: SecurityGroupPolicy.fields.spec }),
  Pod: withSpec(PlayedPod),
  Deployment: withSpec(Workload),
  StatefulSet: withSpec(Workload),
  Job: withSpec(Workload)
}

const decoders: ReadonlyMap<string, (value: unknown) => Result.Result<unknown, Schema.SchemaError>> = new Map(
  Object.entries(schemas).map(([kind, schema]) => [kind, Schema.decodeUnknownResult(schema, { errors: "all", reportInput: true })])
)

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

const mendOf = (message: string): string =>
  /^Expected string, got (-?[\d.]+|true|false)/.test(message) ? "put it in quotes" : "write what is expected"

/** What keeps the API server from taking a document of its kind, field by field. */
export const shapeFindings = (source: Source, kind: Kind): ReadonlyArray<Finding> => {
  const decoded = decoders.get(kind.kind)?.(source.value)
  const findings = decoded === undefined || Result.isSuccess(decoded) ? [] : issuesOf(decoded.failure.issue).issues.map(({ message, path = [] }) => {
    // That a field may be null goes without saying.
    const text = message.replace(" | null", "")
    return findingAt(source, path.map((step) => (typeof step === "object" ? step.key : step)), text, mendOf(text))
  })
  const metadata = Schema.is(Schema.JsonObject)(source.value["metadata"]) ? source.value["metadata"] : {}
  const named = metadata["name"] !== undefined || (kind.kind === "Pod" && metadata["generateName"] !== undefined)
  return named ? findings : [...findings, findingAt(source, ["metadata", "name"], `the ${kind.kind} has no name`, "give it one")]
}
