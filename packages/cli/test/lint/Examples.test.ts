import { readdirSync, readFileSync } from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import { Result } from "effect"
import { lintTexts } from "../../src/lint/Manifests.js"
import { parseSettings } from "../../src/lint/Settings.js"

const folder = new URL("examples/", import.meta.url)
const examples = readdirSync(folder).map((name) => ({ name, text: readFileSync(new URL(name, folder), "utf8") }))

/** Told for good reason: the namespace-wide policies say that they are. */
const remarks: Readonly<Record<string, ReadonlyArray<string>>> = {
  "namespace-wide.yaml": ["selector-matches-everything"],
  "baseline-and-more.yaml": ["selector-matches-everything", "policies-overlap"]
}

describe("no false alarm on sound manifests", () => {
  it.each(examples)("$name", (example) => {
    const { findings, looked } = lintTexts({ texts: [example] })
    expect(looked.policies).toBeGreaterThan(0)
    expect(findings.map(({ rule }) => rule)).toEqual(remarks[example.name] ?? [])
    expect(findings.filter(({ severity }) => severity !== "info")).toEqual([])
  })

  it("nor on all of them together, on a cluster in strict mode with early demux off", () => {
    const settings = Result.getOrThrow(parseSettings("lint.yaml", "settings: {cni: {version: 1.18.3, podEni: true, enforcingMode: strict, disableTcpEarlyDemux: true, externalSnat: false}}"))
    const { findings } = lintTexts({ texts: examples, settings })
    expect(findings.filter(({ severity }) => severity !== "info")).toEqual([])
    expect([...new Set(findings.map(({ rule }) => rule))].sort()).toEqual(["policies-overlap", "selector-matches-everything"])
  })

  it("nor on a policy without its pods, or pods without their policy", () => {
    for (const { name, text } of examples) {
      for (const [i, document] of text.split(/^---$/m).entries()) {
        const { findings } = lintTexts({ texts: [{ name: `${name}-${i}`, text: document }] })
        expect(findings.filter(({ severity }) => severity !== "info"), `${name} ${i}`).toEqual([])
      }
    }
  })
})
