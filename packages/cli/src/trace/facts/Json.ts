/** What `JSON.parse` gives: nothing about its shape is taken for granted. */
export type Json = unknown

/** The value under a path of member names; undefined where any of them is missing. */
export const at = (value: Json, ...path: ReadonlyArray<string>): Json => {
  let found = value
  for (const name of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, name)) return undefined
    found = (found as Readonly<Record<string, Json>>)[name]
  }
  return found
}

/** Text under a path that is not empty. */
export const textAt = (value: Json, ...path: ReadonlyArray<string>): string | undefined => {
  const found = at(value, ...path)
  return typeof found === "string" && found !== "" ? found : undefined
}

/** A number under a path. */
export const numberAt = (value: Json, ...path: ReadonlyArray<string>): number | undefined => {
  const found = at(value, ...path)
  return typeof found === "number" ? found : undefined
}

/** The array under a path; empty where there is none. */
export const listAt = (value: Json, ...path: ReadonlyArray<string>): ReadonlyArray<Json> => {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}

/** The members of the object under a path; empty where there is none. */
export const membersAt = (value: Json, ...path: ReadonlyArray<string>): ReadonlyArray<readonly [string, Json]> => {
  const found = at(value, ...path)
  return typeof found === "object" && found !== null && !Array.isArray(found) ? Object.entries(found) : []
}
