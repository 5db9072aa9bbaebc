import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { Result, Schema } from "effect"
import { parse } from "yaml"
import { AwsFacts, noAwsFacts } from "../../src/lint/AwsFacts.js"
import { text } from "../../src/lint/format/Text.js"
import { lintTexts } from "../../src/lint/Manifests.js"
import type { Report } from "../../src/lint/Report.js"
import type { Rule } from "../../src/lint/Rule.js"
import { defaultSettings, parseSettings } from "../../src/lint/Settings.js"
import type { Text } from "../../src/lint/Sources.js"
import { colourless } from "../../src/output/Style.js"

const folder = new URL("../../../../docs/cli/", import.meta.url)

export const page = { width: 100, style: colourless }

/** Texts of documentation may be rewritten: `UPDATE=1 vitest run …`. */
const update = process.env["UPDATE"] === "1"

/** A page of documentation as it is written. */
export const read = (name: string): string => (existsSync(new URL(name, folder)) ? readFileSync(new URL(name, folder), "utf8") : "")

interface Fence {
  readonly info: string
  readonly text: string
}

export const fencesOf = (markdown: string): ReadonlyArray<Fence> =>
  [...markdown.matchAll(/^```([^\n]*)\n([\s\S]*?)^```$/gm)].map(([, info = "", body = ""]) => ({ info: info.trim(), text: body }))

/** An example as a page writes it: manifests, and what else is known. */
export interface Example {
  readonly texts: ReadonlyArray<Text>
  readonly report: Report
}

export const exampleOf = (section: string): Example => {
  const fences = fencesOf(section)
  const texts = fences.filter(({ info }) => info === "yaml").map((one, i) => ({ name: i === 0 ? "example.yaml" : `example-${i + 1}.yaml`, text: one.text }))
  const settings = fences.find(({ info }) => info === "yaml settings")
  const aws = fences.find(({ info }) => info === "yaml aws")
  return {
    texts,
    report: lintTexts({
      texts,
      settings: settings === undefined ? defaultSettings : Result.getOrThrow(parseSettings(".branchline-lint.yaml", settings.text)),
      aws: aws === undefined ? noAwsFacts : Schema.decodeUnknownSync(AwsFacts, { onExcessProperty: "error" })(parse(aws.text))
    })
  }
}

const byHand = "<!-- above from the rule, below by hand -->"

const headOf = ({ finds, id, severity, source, why }: Rule): string =>
  `# ${id}\n\n**${severity}**: ${finds}.\n\n${why} Source: <${source}>.\n\n${byHand}\n`

export const screenOf = ({ report }: Example, unjudged = report.unjudged): string => `\`\`\`text\n${text({ ...report, unjudged }, page)}\n\`\`\`\n`

export interface RulePage {
  readonly bad: Example
  readonly good: Example
  /** The page as it is, and as the rule and its bad example make it. */
  readonly written: string
  readonly expected: string
  /** Settings that the page shows beside the examples. */
  readonly settings: ReadonlyArray<string>
}

/** Writes what is expected where that is asked for, and tells what is there. */
export const compared = (name: string, expected: (written: string) => string): { readonly written: string; readonly expected: string } => {
  const before = read(name)
  const made = expected(before)
  if (update && made !== before) writeFileSync(new URL(name, folder), made)
  return { written: update ? made : before, expected: made }
}

const parts = (markdown: string): readonly [note: string, bad: string, good: string] => {
  const bad = markdown.indexOf("## Bad\n")
  const good = markdown.indexOf("## Good\n")
  const head = markdown.indexOf(byHand)
  const note = markdown.slice(head < 0 ? markdown.indexOf("\n") : head + byHand.length, bad).trim()
  return [note, markdown.slice(bad, good), markdown.slice(good)]
}

export const pageOf = (rule: Rule): RulePage => {
  const name = `rules/${rule.id}.md`
  const [note, bad, good] = parts(read(name))
  const example = exampleOf(bad)
  const examples = bad.replace(/\n*(`branchline lint` says:\n\n)?```text\n[\s\S]*?^```\n/m, "").trimEnd()
  const told = `${examples}\n\n\`branchline lint\` says:\n\n${screenOf(example, [])}\n`
  return {
    bad: example,
    good: exampleOf(good),
    settings: [...fencesOf(note)].filter(({ info }) => info === "yaml settings").map((one) => one.text),
    ...compared(name, () => `${headOf(rule)}${note === "" ? "" : `\n${note}\n`}\n${told}${good}`)
  }
}
