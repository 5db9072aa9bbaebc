import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { expect } from "vitest"

/** Texts of documentation may be rewritten: `UPDATE=1 vitest run …`. */
const update = process.env["UPDATE"] === "1"

const docs = (page: string): string => fileURLToPath(new URL(`../../../../docs/cli/${page}`, import.meta.url))

const begin = (name: string): string => `<!-- ${name}: written by the tests -->`
const end = "<!-- until here -->"

/** A block of a page in `docs/cli` that a test writes: what is there has to be what it is now. */
export const expectBlock = (page: string, name: string, text: string): void => {
  const path = docs(page)
  const before = readFileSync(path, "utf8")
  const from = before.indexOf(begin(name))
  expect(from, `${page} has a block ${name}`).toBeGreaterThanOrEqual(0)
  const start = from + begin(name).length
  const until = before.indexOf(end, start)
  const block = `\n${text}\n`
  if (update) {
    writeFileSync(path, `${before.slice(0, start)}${block}${before.slice(until)}`)
    return
  }
  expect(before.slice(start, until), `docs/cli/${page} is stale: UPDATE=1 vitest run packages/cli writes it`).toBe(block)
}

/** A command and what it prints. */
export const screen = (command: string, text: string): string => `\`\`\`console\n$ ${command}\n${text}\n\`\`\``
