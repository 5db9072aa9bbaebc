import { describe, expect, it } from "@effect/vitest"
import { type Book, emptyBook, note } from "../../src/explain/DifferencesBook.js"

const looks = (believed: number, ...seen: ReadonlyArray<ReadonlyArray<string>>) => {
  let book: Book<string> = emptyBook
  return seen.map((keys, now) => {
    const noted = note(book, keys.map((key) => ({ key, what: key.toUpperCase() })), { believed, now })
    book = noted.book
    return { appeared: noted.appeared.map(({ since, what }) => `${what}@${since}`), over: noted.over.map(({ what }) => what) }
  })
}
const quiet = { appeared: [], over: [] }

describe("what is told of a difference", () => {
  it("once when two looks in a row have seen it, with the time of the first, and once when it is over", () => {
    expect(looks(2, ["a"], ["a"], ["a"], [], [])).toEqual([quiet, { appeared: ["A@0"], over: [] }, quiet, { appeared: [], over: ["A"] }, quiet])
  })

  it("nothing, where one look sees it and the next does not", () => {
    expect(looks(2, ["a"], [], ["a"], [])).toEqual([quiet, quiet, quiet, quiet])
  })

  it("at once, where one look is believed", () => {
    expect(looks(1, ["a", "b"], ["b"])).toEqual([{ appeared: ["A@0", "B@0"], over: [] }, { appeared: [], over: ["A"] }])
  })

  it("again, where it comes back", () => {
    expect(looks(1, ["a"], [], ["a"]).map(({ appeared }) => appeared)).toEqual([["A@0"], [], ["A@2"]])
  })

  it("once, where a look names it twice", () => {
    expect(looks(2, ["a", "a"], ["a", "a"])).toEqual([quiet, { appeared: ["A@0"], over: [] }])
  })
})
