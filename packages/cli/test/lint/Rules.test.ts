import { readdirSync } from "node:fs"
import { Result } from "effect"
import { describe, expect, it } from "@effect/vitest"
import { parse } from "yaml"
import { rules } from "../../src/lint/Rules.js"
import { lintTexts } from "../../src/lint/Manifests.js"
import { ConfigFile, parseSettings } from "../../src/lint/Settings.js"
import { compared, exampleOf, fencesOf, pageOf, read, screenOf } from "./Pages.js"

describe("docs/cli/lint.md", () => {
  const section = (page: string): string => page.slice(page.indexOf("## What it says"), page.indexOf("Every finding names"))

  it("shows what the command says of its example", () => {
    const { expected, written } = compared("lint.md", (page) => page.replace(section(page), (found) => found.replace(/```text\n[\s\S]*?```\n/, () => screenOf(exampleOf(found)))))
    expect(written).toBe(expected)
    expect(exampleOf(section(written)).report.findings).toHaveLength(2)
  })

  it("shows a config file with every setting, and comments that keep their document quiet", () => {
    const fences = fencesOf(read("lint.md"))
    const settings = fences.filter(({ info }) => info === "yaml settings").map(({ text }) => text)
    expect(settings).toHaveLength(1)
    const parsed: unknown = parse(settings[0] ?? "")
    expect(Result.isSuccess(parseSettings("lint.yaml", settings[0] ?? ""))).toBe(true)
    const fields = ConfigFile.fields.settings.schema.fields
    expect(Object.keys((parsed as ConfigFile).settings ?? {}).sort()).toEqual(Object.keys(fields).sort())
    expect(Object.keys((parsed as ConfigFile).settings?.cni ?? {}).sort()).toEqual(Object.keys(fields.cni.schema.fields).sort())
    const commented = fences.filter(({ info, text }) => info === "yaml" && text.includes("branchline-lint-disable"))
    expect(commented.map(({ text }) => lintTexts({ texts: [{ name: "a.yaml", text }] })).map(({ findings, silenced }) => [findings, silenced])).toEqual([[[], 2]])
  })
})

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
