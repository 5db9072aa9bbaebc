import { JsonPointer } from "effect"
import { isObject, own } from "./Json.js"
import type { Operation } from "./JsonPatch.js"

/**
 * The operations that give a map of an object (`limits`, `annotations`, `tags`) these entries: into the map where there is one, else
 * with a new map, in a new parent if need be. Entries that are already so need none. A map or parent that is `null` counts as absent.
 *
 * @param parent what is at the JSON Pointer `path` of the document and has the map
 */
export const put = (
  parent: unknown,
  path: string,
  map: string,
  entries: { readonly [key: string]: string }
): ReadonlyArray<Operation> => {
  if (!isObject(parent)) return [{ op: "add", path, value: { [map]: entries } }]
  const present = own(parent, map)
  if (!isObject(present)) return [{ op: "add", path: `${path}/${map}`, value: entries }]
  return Object.entries(entries).flatMap(([key, value]) => set(present, `${path}/${map}`, key, value))
}

/** The operations, one or none, after which the object at `path` has this value for `key`. */
export const set = (object: unknown, path: string, key: string, value: string | boolean): ReadonlyArray<Operation> => {
  const present = own(object, key)
  return present === value
    ? []
    : [{ op: present === undefined ? "add" : "replace", path: `${path}/${JsonPointer.escapeToken(key)}`, value }]
}

/** The operations, or undefined where none is needed: in this room no patch is always `undefined`. */
export const orNone = (operations: ReadonlyArray<Operation>): ReadonlyArray<Operation> | undefined =>
  operations.length === 0 ? undefined : operations
