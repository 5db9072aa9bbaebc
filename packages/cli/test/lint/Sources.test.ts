import { describe, expect, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { lintTexts } from "../../src/lint/Manifests.js"
import { rules } from "../../src/lint/Rules.js"
import { read } from "../../src/lint/Sources.js"
import { pageOf } from "./Pages.js"

const documentsOf = (text: string) => read({ name: "a.yaml", text }).documents

describe("what a text holds", () => {
  it("is documents of YAML, empty ones and comments left out", () => {
    const helmLike = "---\n# Source: chart/templates/a.yaml\n---\n# Source: chart/templates/b.yaml\nkind: A\n---\n\n---\nkind: B\n...\n---\n# nothing\n"
    expect(documentsOf(helmLike).map(({ value }) => value["kind"])).toEqual(["A", "B"])
    expect(documentsOf(helmLike).map(({ positionOf }) => positionOf(["kind"]).line)).toEqual([5, 9])
  })

  it("knows the template that helm names over a document", () => {
    const made = "---\n# Source: shop/templates/a.yaml\n# more\n\nkind: A\n---\nkind: B\n---\nkind: C\n# Source: shop/templates/d.yaml\n---\n# Source: shop/templates/e.yaml\nkind: E\n"
    expect(documentsOf(made).map(({ positionOf }) => positionOf(["kind"]).template)).toEqual(["shop/templates/a.yaml", undefined, undefined, "shop/templates/e.yaml"])
  })

  it("is JSON, too", () => {
    const [only] = documentsOf("{\n  \"kind\": \"A\",\n  \"spec\": {\"x\": [1, 2]}\n}\n")
    expect(only?.value).toEqual({ kind: "A", spec: { x: [1, 2] } })
    expect(only?.positionOf(["spec", "x", 1])).toEqual({ file: "a.yaml", line: 3, column: 21 })
  })

  it("is the members of lists, those of typed lists with the kind that the API leaves out", () => {
    expect(documentsOf("kind: List\nitems:\n  - kind: A\n  - kind: List\n    items: [{kind: B}]\n").map(({ value }) => value["kind"])).toEqual(["A", "B"])
    const [pod] = documentsOf("apiVersion: v1\nkind: PodList\nitems:\n  - metadata:\n      name: a\n")
    expect(pod?.value).toEqual({ apiVersion: "v1", kind: "Pod", metadata: { name: "a" } })
    expect(pod?.positionOf(["metadata", "name"]).line).toBe(5)
  })

  it("follows anchors, aliases and merge keys", () => {
    const [only] = documentsOf("kind: A\nbase: &base {x: 1}\nmore:\n  <<: *base\n  y: 2\nagain: *base\n")
    expect(only?.value["more"]).toEqual({ x: 1, y: 2 })
    expect(only?.positionOf(["again", "x"]).line).toBe(2)
  })

  it("gives the place of the last step that is there", () => {
    const [only] = documentsOf("kind: A\nspec:\n  podSelector: {}\n")
    expect(only?.positionOf(["spec", "podSelector", "matchLabels", "app"])).toEqual({ file: "a.yaml", line: 3, column: 3 })
  })

  it("counts lines that end with CR LF, and a byte order mark", () => {
    expect(documentsOf("\uFEFFkind: A\r\nspec:\r\n  x: 1\r\n")[0]?.positionOf(["spec", "x"])).toEqual({ file: "a.yaml", line: 3, column: 3 })
  })

  it("is told where it cannot be read, beside what can", () => {
    const { documents, unreadable } = read({ name: "a.yaml", text: "kind: A\n---\nname: {{ .Values.name }}\n---\nkind: [\n---\n- 1\n" })
    expect(documents.map(({ value }) => value["kind"])).toEqual(["A"])
    expect(unreadable.map(({ position }) => position.line)).toEqual([3, 6, 7])
    expect(unreadable[0]?.mend).toContain("helm template")
  })

  it("is told where it has no kind; a folder may hold other files than manifests", () => {
    const values = { name: "values.yaml", text: "replicas: 2\n---\n[1]\n---\nkind: A\n" }
    expect(read(values).unreadable.map(({ message, position }) => [position.line, message])).toEqual([[1, "the document has no kind"], [3, "the document is no mapping"]])
    expect(read({ ...values, found: true }).unreadable).toEqual([])
    expect(read({ ...values, found: true }).documents).toHaveLength(1)
    expect(read({ name: "broken.yaml", text: "a: [", found: true }).unreadable).toHaveLength(1)
  })

  it("does not grow without bounds by aliases", () => {
    const rows = Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array.from({ length: 10 }, () => `*a${i}`).join(", ")}]`)
    expect(read({ name: "a.yaml", text: `a0: &a0 [1]\n${rows.join("\n")}\n` }).unreadable[0]?.message).toContain("alias")
  })
})

/** Bits of manifests, sound and broken ones: more likely than chance to be YAML, and to reach the rules. */
const bits = [
  ...rules.flatMap((rule) => pageOf(rule).bad.texts.flatMap(({ text }) => text.split(/(?<=\n)/))),
  "---\n", "...\n", "- ", "  ", "{", "}", "[", "]", "\"", "'", ": ", "#", " # branchline-lint-disable x\n", "&a ", "*a\n", "!!binary x\n", "<<: *a\n", "|\n", ">-\n", "\t", "\r\n", "\u0000",
  "kind: List\nitems:\n", "null\n", ".inf\n", "? ", "%YAML 1.2\n", "\uFEFF", "é😀"
]

const texts = Arbitrary.array(Arbitrary.schema(Schema.Literals(bits)), { minLength: 0, maxLength: 60 })

const whole = Arbitrary.array(Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: rules.length - 1 }))), { minLength: 1, maxLength: 6 })

describe("for any text", () => {
  it.prop("nothing throws, and every place lies inside the text", { parts: texts }, ({ parts }) => {
    const text = parts.join("")
    const lines = text.split(/\r\n|\r|\n/)
    for (const { place, related } of lintTexts({ texts: [{ name: "a.yaml", text }] }).findings) {
      for (const { column = 1, file, line = 1 } of [place, ...related.map((one) => one.place)]) {
        if (file === undefined) continue
        expect(line).toBeGreaterThanOrEqual(1)
        expect(line).toBeLessThanOrEqual(lines.length)
        expect(column).toBeGreaterThanOrEqual(1)
        expect(column).toBeLessThanOrEqual((lines[line - 1] ?? "").length + 1)
      }
    }
  }, { arbitrary: { runs: 600, seed: 7 } })

  it("what is nested deeper than any stack is told", () => {
    for (const text of ["[".repeat(100_000), "{a: ".repeat(50_000), "- ".repeat(100_000), `${"[".repeat(20_000)}${"]".repeat(20_000)}`]) {
      expect(lintTexts({ texts: [{ name: "a.yaml", text }] }).findings.map(({ rule }) => rule)).toContain("unreadable")
    }
  })
})

describe("for any documents", () => {
  it.prop("their order changes no finding", { chosen: whole }, ({ chosen }) => {
    // An object that is there twice is another matter: of two, the later counts.
    const documents = [...new Set(chosen)].flatMap((at) => pageOf(rules[at]!).bad.texts.flatMap(({ text }) => text.split(/^---$/m)))
      .map((text, i) => text.replaceAll("namespace: shop", `namespace: shop-${i % 2}`).replace(/(^metadata:\n(?: {2}\w.*\n)*? {2}name: )([\w-]+)$/m, (_, head, name) => `${head}${name}${name === "aws-node" || name.startsWith("amazon") ? "" : `-${i}`}`))
    const unplaced = (texts: ReadonlyArray<string>) =>
      lintTexts({ texts: texts.map((text, i) => ({ name: `${i}.yaml`, text })) }).findings.map(({ message, place: { field, object }, rule }) => `${rule} ${object} ${field} ${message}`).sort()
    const daemons = documents.filter((text) => text.includes("name: aws-node\n"))
    const others = documents.filter((text) => !text.includes("name: aws-node\n"))
    const given = [...others, ...daemons.slice(0, 1)]
    expect(unplaced(given.toReversed())).toEqual(unplaced(given))
    expect(unplaced([...given.slice(1), ...given.slice(0, 1)])).toEqual(unplaced(given))
  }, { arbitrary: { runs: 150, seed: 11 } })
})
