import { nearest } from "@branchline/core/limits/Nearest"
import { Schema } from "effect"
import { quote } from "../Asking.js"
import { memberAt } from "../Decode.js"
import { fieldName, type Path } from "../Place.js"
import { pages, type Rule } from "../Rule.js"

interface Fields {
  readonly [field: string]: Fields | "any"
}

const selector: Fields = { matchLabels: "any", matchExpressions: "any" }

/** Source: contract §3; the CRD of amazon-vpc-resource-controller-k8s. */
const known: Fields = {
  apiVersion: "any",
  kind: "any",
  metadata: "any",
  status: "any",
  spec: { podSelector: selector, serviceAccountSelector: selector, securityGroups: { groupIds: "any" } }
}

const expression: Fields = { key: "any", operator: "any", values: "any" }

const isObject = Schema.is(Schema.JsonObject)

interface Unknown {
  readonly path: Path
  readonly mend: string
}

const meant = (field: string, fields: Fields): string | undefined => {
  const names = Object.keys(fields)
  return names.find((name) => name.toLowerCase() === field.toLowerCase()) ?? nearest(field, names)
}

const unknownIn = (value: Schema.Json | undefined, fields: Fields, under: Path): ReadonlyArray<Unknown> => {
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([field, member]): ReadonlyArray<Unknown> => {
    const path = [...under, field]
    const inner = Object.hasOwn(fields, field) ? fields[field] : undefined
    if (inner !== undefined) return inner === "any" ? [] : unknownIn(member, inner, path)
    const near = meant(field, fields)
    return [{ path, mend: near === undefined ? `there is ${Object.keys(fields).join(", ")} here` : `write ${near}` }]
  })
}

export const policyFieldUnknown: Rule = {
  id: "policy-field-unknown",
  severity: "error",
  finds: "a field that no SecurityGroupPolicy has, such as groupIDs or podselector",
  why: "The API server drops fields that it does not know: the policy then means something else than it says, or nothing.",
  source: pages.policy,
  judge: ({ policies }) =>
    policies.flatMap(({ document, placeOf }) => {
      const expressions = (["podSelector", "serviceAccountSelector"] as const).flatMap((field) => {
        const list = memberAt(document, "spec", field, "matchExpressions")
        return Array.isArray(list) ? list.flatMap((one: Schema.Json, i) => unknownIn(one, expression, ["spec", field, "matchExpressions", i])) : []
      })
      return [...unknownIn(document, known, []), ...expressions].map(({ mend, path }) => ({
        place: placeOf(path),
        message: `a policy has no field ${quote(fieldName(path))}`,
        mend
      }))
    })
}
