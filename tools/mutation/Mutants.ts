import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { Instrumenter } from "@stryker-mutator/instrumenter"
import { guards } from "../../test/mutation/Guards.js"
import type { Edit } from "../../test/mutation/Guard.js"

/** The core with something wrong in it. */
export interface Mutant {
  readonly id: string
  /** Where it comes from: the table of guards, or Stryker's mutator of that name. */
  readonly from: string
  /** Whole texts of files under `packages/core/src` that it replaces. */
  readonly texts: ReadonlyMap<string, string>
  /** The line that is changed, and to what. */
  readonly change: string
}

const core = join(import.meta.dirname, "../../../packages/core/src")
const textOf = (file: string): string => readFileSync(join(core, file), "utf8")

const edited = (edits: ReadonlyArray<Edit>): ReadonlyMap<string, string> => {
  const texts = new Map<string, string>()
  for (const { file, find, replace } of edits) texts.set(file, (texts.get(file) ?? textOf(file)).replace(find, () => replace))
  return texts
}

/** A guard taken out, each. */
export const ofGuards = (): ReadonlyArray<Mutant> =>
  guards.map(({ edits, id }) => ({ id, from: "guard", texts: edited(edits), change: edits.map(({ find, replace }) => `${find} → ${replace}`).join("; ") }))

/** Words for people, and logging: what they say is held against examples, not against lives. */
const spoken: ReadonlySet<string> = new Set(["controller/Texts.ts", "controller/Settings.ts", "controller/GoDuration.ts", "controller/Notices.ts", "controller/Subject.ts"])
/** A changed text is a changed name, message or tag, and so is an emptied one. */
const excludedMutations = ["StringLiteral", "Regex"]

const filesOf = (room: string): ReadonlyArray<string> =>
  readdirSync(join(core, room), { recursive: true, encoding: "utf8" })
    .map((name) => `${room}/${name}`)
    .filter((name) => name.endsWith(".ts") && !spoken.has(name))
    .toSorted()

const offsetOf = (text: string, { column, line }: { readonly line: number; readonly column: number }): number => {
  const lines = text.split("\n")
  return lines.slice(0, line).reduce((sum, one) => sum + one.length + 1, 0) + column
}

const nothing = (): void => {}
const silent = {
  isTraceEnabled: () => false,
  isDebugEnabled: () => false,
  isInfoEnabled: () => false,
  isWarnEnabled: () => false,
  isErrorEnabled: () => false,
  isFatalEnabled: () => false,
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  fatal: nothing
}

/** What Stryker makes of the rooms. */
export const ofStryker = async (rooms: ReadonlyArray<string>): Promise<ReadonlyArray<Mutant>> => {
  const files = rooms.flatMap(filesOf)
  const instrumenter = new Instrumenter(silent)
  const { mutants } = await instrumenter.instrument(
    files.map((name) => ({ name, content: textOf(name), mutate: true })),
    { plugins: null, ignorers: [], excludedMutations }
  )
  return mutants.filter(({ mutatorName }) => !excludedMutations.includes(mutatorName)).map(({ fileName, location, mutatorName, replacement }) => {
    const text = textOf(fileName)
    const [from, to] = [offsetOf(text, location.start), offsetOf(text, location.end)]
    const change = `${text.slice(from, to).replace(/\s+/g, " ").slice(0, 90)} → ${replacement.replace(/\s+/g, " ").slice(0, 90)}`
    return {
      id: `${fileName}:${location.start.line + 1}:${location.start.column + 1} ${mutatorName}`,
      from: mutatorName,
      texts: new Map([[fileName, text.slice(0, from) + replacement + text.slice(to)]]),
      change
    }
  })
}
