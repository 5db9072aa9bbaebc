import type { Schema } from "effect"

type Json = Schema.Json

const isObject = (value: Json): value is Schema.JsonObject => typeof value === "object" && value !== null && !Array.isArray(value)

/** Changes the member at `path`, through every element of the lists on the way; what is not there stays so. */
const at = (value: Json, path: ReadonlyArray<string>, change: (found: Json) => Json): Json => {
  const [step, ...rest] = path
  if (step === undefined) return change(value)
  if (step === "*") {
    if (Array.isArray(value)) return value.map((element: Json) => at(element, rest, change))
    return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, member]) => [key, at(member, rest, change)])) : value
  }
  if (!isObject(value)) return value
  const member = value[step]
  return member === undefined ? value : { ...value, [step]: at(member, rest, change) }
}

/** Where a pod's spec has quantities. */
const quantities: ReadonlyArray<ReadonlyArray<string>> = [
  ...["containers", "initContainers"].flatMap((list) => [[list, "*", "resources", "limits", "*"], [list, "*", "resources", "requests", "*"]]),
  ["overhead", "*"],
  ["volumes", "*", "emptyDir", "sizeLimit"]
]

const inPod = (spec: ReadonlyArray<string>) => (document: Json): Json =>
  quantities.reduce(
    (changed, path) => at(changed, [...spec, ...path], (quantity) => typeof quantity === "number" ? String(quantity) : quantity),
    document
  )

/** Set by the server, and in every document that `kubectl get -o yaml` wrote. */
const serverSet: ReadonlySet<string> =
  new Set(["creationTimestamp", "generation", "managedFields", "ownerReferences", "resourceVersion", "selfLink", "uid"])

const withoutKeys = (keys: ReadonlySet<string>) => (value: Json): Json =>
  isObject(value) ? Object.fromEntries(Object.entries(value).filter(([key]) => !keys.has(key))) : value

/**
 * The document as a client sends it: quantities as text (`cpu: 1` is a number in YAML, and a quantity in the API), and without what only
 * the server may set.
 */
export const tidy = (document: Schema.JsonObject): Schema.JsonObject => {
  const steps = [
    withoutKeys(new Set(["status"])),
    (value: Json) => at(value, ["metadata"], withoutKeys(serverSet)),
    inPod(["spec"]),
    inPod(["spec", "template", "spec"])
  ]
  const tidied = steps.reduce<Json>((value, step) => step(value), document)
  return isObject(tidied) ? tidied : document
}
