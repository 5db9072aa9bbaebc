import { Arbitrary, Schema } from "effect"
import { describe, expect, it } from "@effect/vitest"
import { distance, nearestName } from "../../src/output/Nearest.js"
import { rowsText } from "../../src/output/Rows.js"
import { coloured, colourless } from "../../src/output/Style.js"
import { tableText } from "../../src/output/Table.js"

const lengthOf = (line: string): number => [...line].length
// oxlint-disable-next-line no-control-regex -- they are what is taken away
const uncoloured = (text: string): string => text.replace(/\u001b\[\d+m/g, "")

const text = (most: number) => Arbitrary.schema(Schema.String.check(Schema.isMaxLength(most)))
const int = (minimum: number, maximum: number) => Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum, maximum })))
const word = text(30)
const rows = Arbitrary.array(Arbitrary.all({ label: word, text: text(200), under: Arbitrary.schema(Schema.Boolean) }), { maxLength: 20 })
const width = int(30, 160)

describe("rows", () => {
  it.prop("are within the page, whatever they say", { rows, width }, ({ rows: some, width: columns }) => {
    for (const line of rowsText(some, { width: columns, style: colourless }).split("\n")) expect(lengthOf(line)).toBeLessThanOrEqual(columns)
  })

  it.prop("say the same with colours and without", { rows, width }, ({ rows: some, width: columns }) => {
    const toned = some.map((row) => ({ ...row, tone: "bad" as const }))
    expect(uncoloured(rowsText(toned, { width: columns, style: coloured }))).toBe(rowsText(toned, { width: columns, style: colourless }))
  })

  it("set off label and text", () => {
    expect(rowsText([{ label: "Next", text: "delete the pod", tone: "bad" }], { width: 40, style: coloured })).toBe("\u001b[1mNext\u001b[22m  \u001b[31mdelete the pod\u001b[39m")
  })
})

describe("a table", () => {
  const long = Arbitrary.schema(Schema.String.check(Schema.isPattern(/^[a-z-]{30,60}$/)))
  const cells = Arbitrary.array(Arbitrary.all([long, word, long]), { maxLength: 10 })

  it.prop("is within the page wherever its columns can be eight wide", { cells, width }, ({ cells: some, width: columns }) => {
    for (const line of tableText(["NAME", "NODE", "STATE"], some, { width: columns, style: colourless }).split("\n")) expect(lengthOf(line)).toBeLessThanOrEqual(columns)
  })

  it("lets the last column give way first", () => {
    const table = tableText(["NODE", "STATE"], [["ip-192-168-31-166.eu-west-1", "a free branch on its node, and none is coming free"]], { width: 60, style: colourless })
    expect(table.split("\n")).toEqual(["NODE                         STATE", "ip-192-168-31-166.eu-west-1  a free branch on its node, and…"])
  })

  it("stands in columns with colours, too", () => {
    const some = [["a", { text: "well", tone: "good" as const }, "x"], ["long", "bad", "y"]]
    const at = { width: 60 }
    expect(uncoloured(tableText(["ONE", "TWO", "THREE"], some, { ...at, style: coloured }))).toBe(tableText(["ONE", "TWO", "THREE"], some, { ...at, style: colourless }))
  })
})

describe("the name that was probably meant", () => {
  it.each([
    ["wbe-1", "web-1"],
    ["web", "web-1"],
    ["wep-1", "web-1"],
    ["zzzzz", undefined],
    ["", undefined]
  ])("%s: %s", (said, meant) => {
    expect(nearestName(said, ["db-0", "web-1"])).toBe(meant)
  })

  it.prop("is what was said, where that is there", { names: Arbitrary.array(word, { minLength: 1, maxLength: 8 }), index: int(0, 7) }, ({ index, names }) => {
    const said = names[index % names.length] ?? ""
    if (said !== "") expect(distance(said, nearestName(said, [said, ...names]) ?? "")).toBe(0)
  })

  it.prop("differs as much one way as the other", { one: word, other: word }, ({ one, other }) => {
    expect(distance(one, other)).toBe(distance(other, one))
  })
})
