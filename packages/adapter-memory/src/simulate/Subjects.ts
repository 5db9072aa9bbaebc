import { pathToFileURL } from "node:url"
import { resolve } from "node:path"
import { branchline } from "../simulation/life/Branchline.js"
import type { Subject } from "../simulation/life/Subject.js"

const isSubject = (value: unknown): value is Subject =>
  typeof value === "object" && value !== null && "run" in value && typeof value.run === "function" && "name" in value && typeof value.name === "string"

/** The controller that a module exports as `default`, or Branchline where no module is named. Rejects with what is wrong. */
export const loadSubject = async (path: string | undefined): Promise<Subject> => {
  if (path === undefined) return branchline()
  const loaded: { readonly default?: unknown } = await import(pathToFileURL(resolve(path)).href)
  return isSubject(loaded.default)
    ? loaded.default
    : Promise.reject(new Error("it exports no subject as default: { name, clusterName, cooldown, idleCap, run }, see @branchline/adapter-memory/simulation"))
}
