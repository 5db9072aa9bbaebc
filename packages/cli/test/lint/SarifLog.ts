import { Schema } from "effect"

const count = (least: number) => Schema.Int.check(Schema.isGreaterThanOrEqualTo(least))
const Level = Schema.Literals(["none", "note", "warning", "error"])
const Message = Schema.Struct({ text: Schema.String })
const Uri = Schema.String.check(Schema.makeFilter((text) => URL.canParse(text), { expected: "an absolute URI" }))
const UriReference = Schema.String.check(Schema.makeFilter((text) => URL.canParse(text, "file:///") && !/[\s\\]/.test(text), { expected: "a URI reference" }))

const Location = Schema.Struct({
  id: Schema.optionalKey(count(-1)),
  message: Schema.optionalKey(Message),
  physicalLocation: Schema.optionalKey(Schema.Struct({
    artifactLocation: Schema.Struct({ uri: UriReference }),
    region: Schema.Struct({ startLine: count(1), startColumn: count(1) })
  })),
  logicalLocations: Schema.optionalKey(Schema.Array(Schema.Struct({ fullyQualifiedName: Schema.String, kind: Schema.String })))
})

const Result = Schema.Struct({
  ruleId: Schema.String,
  ruleIndex: count(-1),
  level: Level,
  message: Message,
  locations: Schema.Array(Location),
  relatedLocations: Schema.optionalKey(Schema.Array(Location))
})

const Notification = Schema.Struct({ level: Level, message: Message, associatedRule: Schema.optionalKey(Schema.Struct({ id: Schema.String })) })

const ReportingDescriptor = Schema.Struct({
  id: Schema.String,
  shortDescription: Message,
  fullDescription: Message,
  help: Message,
  helpUri: Uri,
  defaultConfiguration: Schema.Struct({ level: Level })
})

/**
 * As much of a SARIF log as is written: names, what must be there, and what values may be. Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version
 * 2.1.0", §3.13 sarifLog, §3.14 run, §3.19 toolComponent, §3.20 invocation, §3.27 result, §3.28 location, §3.30 region, §3.49 reportingDescriptor, §3.58 notification.
 */
export const SarifLog = Schema.Struct({
  $schema: Uri,
  version: Schema.Literal("2.1.0"),
  runs: Schema.Array(Schema.Struct({
    tool: Schema.Struct({ driver: Schema.Struct({ name: Schema.String, semanticVersion: Schema.String, rules: Schema.Array(ReportingDescriptor) }) }),
    columnKind: Schema.Literals(["utf16CodeUnits", "unicodeCodePoints"]),
    invocations: Schema.Array(Schema.Struct({ executionSuccessful: Schema.Boolean, toolExecutionNotifications: Schema.Array(Notification) })),
    results: Schema.Array(Result)
  }))
})
