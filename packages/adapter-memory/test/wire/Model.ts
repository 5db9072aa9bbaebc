import { parseXML } from "@aws-sdk/xml-builder"
import * as sdk from "@aws-sdk/client-ec2"
import { NormalizedSchema } from "@smithy/core/schema"

// EC2's published API model, as the installed SDK carries it.

/** An operation of the model: what goes in, what comes out. */
export interface Operation {
  readonly input: NormalizedSchema
  readonly output: NormalizedSchema
}

export const operationOf = (action: string): Operation => {
  const operation: unknown = Object.entries(sdk).find(([name]) => name === `${action}$`)?.[1]
  if (!Array.isArray(operation)) throw new Error(`the SDK's model has no operation ${action}`)
  return { input: NormalizedSchema.of(operation[4]), output: NormalizedSchema.of(operation[5]) }
}

const text = (value: unknown): string | undefined => typeof value === "string" ? value : undefined

const capital = (name: string): string => `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`

/** A member's name in a form. Source: Smithy, "AWS EC2 query protocol", query key resolution. */
const queryName = (name: string, member: NormalizedSchema): string => {
  const { ec2QueryName, xmlName } = member.getMergedTraits()
  return text(ec2QueryName) ?? capital(text(xmlName) ?? name)
}

/** The parameters that the model knows. */
export const parametersOf = (action: string): ReadonlySet<string> =>
  new Set([...operationOf(action).input.structIterator()].map(([name, member]) => queryName(name, member)))

const isNode = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value)

const leafProblem = (schema: NormalizedSchema, value: unknown): string | undefined => {
  if (typeof value !== "string") return "holds elements where the model has text"
  if (schema.isBooleanSchema()) return value === "true" || value === "false" ? undefined : `'${value}' is no boolean`
  if (schema.isNumericSchema()) return /^-?\d+(\.\d+)?$/.test(value) ? undefined : `'${value}' is no number`
  if (schema.isTimestampSchema()) return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value) ? undefined : `'${value}' is no date`
  return schema.isStringSchema() ? undefined : "is of a type that this check does not know"
}

const problemsOf = (schema: NormalizedSchema, value: unknown, path: string): ReadonlyArray<string> => {
  if (schema.isListSchema()) {
    if (value === "") return []
    if (!isNode(value) || Object.keys(value).some((key) => key !== "item")) return [`${path} is no list of items`]
    return [value["item"]].flat().flatMap((item, index) => problemsOf(schema.getValueSchema(), item, `${path}[${index}]`))
  }
  if (schema.isStructSchema()) {
    if (!isNode(value)) return value === "" ? [] : [`${path} is no structure`]
    const members = new Map([...schema.structIterator()].map(([name, member]) => [text(member.getMergedTraits().xmlName) ?? name, member]))
    return Object.entries(value).flatMap(([key, held]) => {
      const member = members.get(key)
      return member === undefined ? [`${path}.${key} is not in the model`] : problemsOf(member, held, `${path}.${key}`)
    })
  }
  const problem = leafProblem(schema, value)
  return problem === undefined ? [] : [`${path} ${problem}`]
}

/** What the model would not let an answer say. */
export const strangeIn = (action: string, xml: string): ReadonlyArray<string> => {
  const parsed: unknown = parseXML(xml)
  const root = isNode(parsed) ? parsed[`${action}Response`] : undefined
  if (!isNode(root)) return [`the document is no ${action}Response`]
  const { requestId, return: done, xmlns, ...fields } = root
  const { output } = operationOf(action)
  const members = output.isUnitSchema() ? [] : [...output.structIterator()]
  // Where the model has no `return`, the reference has: "Is true if the request succeeds". Source: Amazon EC2 API Reference, DeleteNetworkInterface.
  const told = members.some(([name]) => name === "Return") ? { ...fields, return: done } : fields
  return [
    ...(typeof requestId === "string" ? [] : ["no requestId"]),
    ...(xmlns === "http://ec2.amazonaws.com/doc/2016-11-15/" ? [] : [`the namespace is ${String(xmlns)}`]),
    ...(members.length === 0 ? Object.keys(fields).map((key) => `${key} is not in the model`) : problemsOf(output, told, action))
  ]
}
