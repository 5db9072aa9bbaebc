import { type Finding, placeText, type PlaceShape, type Report } from "../Report.js"
import type { Rule } from "../Rule.js"
import { documentationOf, rules } from "../Rules.js"
import type { Severity } from "../Severity.js"

const levels: Readonly<Record<Severity, string>> = { error: "error", warning: "warning", info: "note" }

const capitalised = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`

/** A file's name as a URI reference; what has no name is the standard input. */
const uriOf = (file: string): string => (file === "-" ? "stdin" : file.replaceAll("\\", "/").split("/").map(encodeURIComponent).join("/"))

const locationOf = (place: PlaceShape) => ({
  ...(place.file === undefined ? {} : {
    physicalLocation: { artifactLocation: { uri: uriOf(place.file) }, region: { startLine: place.line, startColumn: place.column } }
  }),
  ...(place.object === "" ? {} : { logicalLocations: [{ fullyQualifiedName: place.field === "" ? place.object : `${place.object}: ${place.field}`, kind: "object" }] })
})

const ruleOf = ({ finds, id, severity, source, why }: Rule) => ({
  id,
  shortDescription: { text: `${capitalised(finds)}.` },
  fullDescription: { text: why },
  help: { text: `${why} ${documentationOf(id)}` },
  helpUri: source,
  defaultConfiguration: { level: levels[severity] }
})

const resultOf = ({ mend, message, place, related, rule, severity }: Finding) => ({
  ruleId: rule,
  ruleIndex: rules.findIndex(({ id }) => id === rule),
  level: levels[severity],
  message: { text: `${place.file === undefined ? `${placeText(place)}: ` : ""}${capitalised(message)}. Mend: ${mend}.` },
  locations: [locationOf(place)],
  ...(related.length === 0 ? {} : {
    relatedLocations: related.map((other, id) => ({ id, message: { text: other.message }, ...locationOf(other.place) }))
  })
})

/** Findings as a SARIF log. Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0". */
export const sarif = ({ findings, notLooked, unjudged }: Report, version: string) => ({
  $schema: "https://json.schemastore.org/sarif-2.1.0.json",
  version: "2.1.0",
  runs: [{
    tool: { driver: { name: "branchline lint", semanticVersion: version, rules: rules.map(ruleOf) } },
    columnKind: "utf16CodeUnits",
    invocations: [{
      executionSuccessful: true,
      toolExecutionNotifications: [
        ...notLooked.map((text) => ({ level: "warning", message: { text } })),
        ...unjudged.map(({ lacks, rule }) => ({ level: "note", message: { text: `Rule ${rule} could not judge: ${lacks}.` }, associatedRule: { id: rule } }))
      ]
    }],
    results: findings.map(resultOf)
  }]
})
