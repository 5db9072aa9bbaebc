import { expect, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import * as LineSplitter from "@branchline/adapter-k8s/http/LineSplitter"

const text = "{\"a\":\"ä€😀\"}\n\n{\"b\":\"\\n\"}\r\n  \n{\"c\":1}\nrest without an end"
const lines = ["{\"a\":\"ä€😀\"}", "{\"b\":\"\\n\"}\r", "{\"c\":1}"]
const bytes = Buffer.from(text)

it("cuts the same lines wherever the bytes are cut in two, also within a character", () => {
  for (let cut = 0; cut <= bytes.length; cut++) {
    const splitter = LineSplitter.make()
    const found = [...splitter.push(bytes.subarray(0, cut)), ...splitter.push(bytes.subarray(cut))]
    expect({ cut, found }).toEqual({ cut, found: lines })
    expect(splitter.pending()).toBe("rest without an end".length)
  }
})

it("cuts the same lines one byte at a time", () => {
  const splitter = LineSplitter.make()
  expect([...bytes].flatMap((byte) => splitter.push(Uint8Array.of(byte)))).toEqual(lines)
})

it("never gives a line that has not ended, wherever the stream breaks off", () => {
  for (let cut = 0; cut <= bytes.length; cut++) {
    const splitter = LineSplitter.make()
    const whole = bytes.subarray(0, cut).toString("latin1").split("\n").slice(0, -1).filter((line) => line.trim() !== "")
    expect(splitter.push(bytes.subarray(0, cut))).toHaveLength(whole.length)
  }
})

it.prop(
  "gives what was written, however it was cut",
  {
    written: Arbitrary.array(Arbitrary.schema(Schema.String), { maxLength: 20 }),
    sizes: Arbitrary.array(Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 7 }))), { minLength: 1, maxLength: 10 })
  },
  ({ sizes, written }) => {
    const all = Buffer.from(written.map((line) => `${JSON.stringify(line)}\n`).join(""))
    const splitter = LineSplitter.make()
    const found: Array<string> = []
    for (let at = 0, turn = 0; at < all.length; turn++) {
      const size = sizes[turn % sizes.length] ?? 1
      found.push(...splitter.push(all.subarray(at, at + size)))
      at += size
    }
    expect(found.map((line) => JSON.parse(line) as unknown)).toEqual(written)
    expect(splitter.pending()).toBe(0)
  }
)
