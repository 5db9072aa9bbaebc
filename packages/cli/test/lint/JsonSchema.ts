type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }
type Node = { readonly [key: string]: Json }

const isNode = (value: Json | undefined): value is Node => typeof value === "object" && value !== null && !Array.isArray(value)

const typeOf = (value: Json): string =>
  value === null ? "null" : Array.isArray(value) ? "array" : Number.isInteger(value) ? "integer" : typeof value

/** Keywords that say nothing of a value. */
const silent = new Set(["$schema", "definitions", "id", "title"])

const formats: Readonly<Record<string, (text: string) => boolean>> = {
  uri: (text) => URL.canParse(text),
  "uri-reference": (text) => URL.canParse(text, "file:///") && !/[\s\\]/.test(text),
  "date-time": (text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text)
}

/** What is wrong with a value by a schema of draft 4; a keyword that is not known here throws. Source: json-schema-org, "JSON Schema Validation: draft 04". */
export const problemsOf = (root: Node, schema: Node, value: Json, path = "$"): ReadonlyArray<string> => {
  const at = (part: Json | undefined, inner: Json, step = ""): ReadonlyArray<string> => (isNode(part) ? problemsOf(root, part, inner, path + step) : [])
  const list = (part: Json): ReadonlyArray<Json> => (Array.isArray(part) ? part : [part])
  const failed = (wrong: boolean, text: string): ReadonlyArray<string> => (wrong ? [`${path}: ${text}`] : [])
  return Object.entries(schema).flatMap(([keyword, told]): ReadonlyArray<string> => {
    switch (keyword) {
      case "$ref": {
        const name = String(told).replace("#/definitions/", "")
        return at((root["definitions"] as Node)[name], value)
      }
      case "type":
        return failed(!list(told).includes(typeOf(value)) && !(typeOf(value) === "integer" && list(told).includes("number")), `is no ${JSON.stringify(told)}`)
      case "enum":
        return failed(!list(told).includes(value), `is none of ${JSON.stringify(told)}`)
      case "required":
        return isNode(value) ? list(told).flatMap((key) => failed(!Object.hasOwn(value, String(key)), `lacks ${key}`)) : []
      case "properties":
        return isNode(value) ? Object.entries(value).flatMap(([key, member]) => at((told as Node)[key], member, `.${key}`)) : []
      case "additionalProperties": {
        if (!isNode(value)) return []
        const others = Object.entries(value).filter(([key]) => !Object.hasOwn((schema["properties"] ?? {}) as Node, key))
        return others.flatMap(([key, member]) => (told === false ? failed(true, `has ${key}`) : at(told, member, `.${key}`)))
      }
      case "items":
        return Array.isArray(value) ? value.flatMap((element, i) => at(told, element, `[${i}]`)) : []
      case "minItems":
        return failed(Array.isArray(value) && value.length < Number(told), `has fewer than ${told}`)
      case "uniqueItems":
        return failed(told === true && Array.isArray(value) && new Set(value.map((one) => JSON.stringify(one))).size < value.length, "repeats itself")
      case "minimum":
        return failed(typeof value === "number" && value < Number(told), `is below ${told}`)
      case "maximum":
        return failed(typeof value === "number" && value > Number(told), `is above ${told}`)
      case "pattern":
        return failed(typeof value === "string" && !new RegExp(String(told)).test(value), `does not match ${told}`)
      case "format":
        return failed(typeof value === "string" && formats[String(told)]?.(value) === false, `is no ${told}`)
      case "anyOf":
        return failed(!list(told).some((one) => at(one, value).length === 0), "matches none of anyOf")
      case "oneOf":
        return failed(list(told).filter((one) => at(one, value).length === 0).length !== 1, "does not match one of oneOf")
      default:
        if (silent.has(keyword)) return []
        throw new Error(`no such keyword here: ${keyword}`)
    }
  })
}
