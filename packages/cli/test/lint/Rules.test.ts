import { readdirSync } from "node:fs"
import { Result } from "effect"
import { describe, expect, it } from "@effect/vitest"
import { rules } from "../../src/lint/Rules.js"
import { parseSettings } from "../../src/lint/Settings.js"
import { compared, pageOf } from "./Pages.js"

describe("every rule", () => {
  it("has an id of its own, in kebab-case, and sentences that fit into others", () => {
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length)
    for (const { finds, id, source, why } of rules) {
      expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/)
      expect(finds, id).not.toMatch(/\.$|\n/)
      expect(why, id).toMatch(/^[A-Za-z].*\.$/)
      expect(source, id).toMatch(/^https:\/\//)
    }
  })

  it("has a page, and no page is without a rule", () => {
    const pages = readdirSync(new URL("../../../../docs/cli/rules/", import.meta.url)).filter((name) => name.endsWith(".md"))
    expect(pages.sort()).toEqual(rules.map(({ id }) => `${id}.md`).sort())
  })

  it("stands in the table of docs/cli/lint.md", () => {
    const rows = rules.map(({ finds, id, lacks, severity }) => `| [\`${id}\`](rules/${id}.md) | ${severity} | ${finds} | ${lacks === undefined ? "" : "yes"} |`)
    const table = ["| rule | severity | finds | needs more than manifests |", "|---|---|---|---|", ...rows].join("\n")
    const { expected, written } = compared("lint.md", (page) => page.replace(/\| rule \|[\s\S]*?(?=\n\n|$)/, () => table))
    expect(written).toBe(expected)
    expect(written).toContain(table)
  })
})

describe.each(rules.map((rule) => [rule.id, rule] as const))("%s", (id, rule) => {
  const page = pageOf(rule)

  it("finds what its page shows as bad, inside the example", () => {
    const found = page.bad.report.findings.filter((finding) => finding.rule === id)
    expect(found).not.toEqual([])
    for (const { place, severity } of found) {
      expect(severity).toBe(rule.severity)
      if (place.file === undefined) continue
      const lines = page.bad.texts.find(({ name }) => name === place.file)?.text.split("\n")
      expect(lines?.[(place.line ?? 0) - 1]?.slice((place.column ?? 0) - 1)).toMatch(/\S/)
    }
  })

  it("finds nothing in what its page shows as good, and neither does another", () => {
    expect(page.good.texts).not.toEqual([])
    expect(page.good.report.findings).toEqual([])
    expect(page.good.report.unjudged.map((one) => one.rule)).not.toContain(id)
  })

  it("has its page's head and screen as they are", () => {
    expect(page.written).toBe(page.expected)
  })

  it("shows settings that can be read", () => {
    for (const text of page.settings) expect(Result.isSuccess(parseSettings("settings.yaml", text))).toBe(true)
  })
})
