import { it as prop } from "@effect/vitest"
import { Arbitrary } from "effect"
import { describe, expect, it } from "vitest"
import { gather } from "../../../src/trace/pod/Gather.js"
import { timelines } from "../../../src/trace/pod/Timeline.js"
import { everything, forPod, forWindow, type Wanted, type Whose } from "../../../src/trace/read/Wanted.js"
import { Form, Mixture } from "../support/Mixture.js"
import { lease, linesOf, noon, podOf } from "../support/Records.js"
import { read, windowOf } from "../support/Read.js"

const end = noon + 3_600_000

const storyOf = (text: string, whose: Whose, wanted: Wanted) => {
  const { gathered, tell } = gather(whose)
  for (const fact of read([text], wanted).facts) tell(fact)
  return timelines(gathered(), { controllers: [], stuckAfter: 60_000 }, end)
}

const runs = { arbitrary: { runs: 150 } }

describe("records that are not parsed", () => {
  prop.prop("change nothing about a window's account, in whatever form they come", { records: Mixture, form: Form }, ({ form, records }) => {
    const text = records.map((record) => `${form(record)}\n`).join("")
    const { tally: _filtered, ...account } = windowOf([text], end)
    const { tally: _all, ...whole } = windowOf([text], end, {}, everything)
    expect(account).toEqual(whole)
  }, runs)

  prop.prop("change nothing about a pod's story", { records: Mixture, form: Form }, ({ form, records }) => {
    const text = records.map((record) => `${form(record)}\n`).join("")
    for (const whose of [{ _tag: "Name", namespace: "shop", name: "web-1" }, { _tag: "Uid", uid: "uid-1" }] satisfies ReadonlyArray<Whose>) {
      expect(storyOf(text, whose, forPod(whose))).toEqual(storyOf(text, whose, everything))
    }
  }, runs)

  prop.prop("change nothing where two stand on one line", { records: Mixture, gaps: Arbitrary.array(Arbitrary.map(Mixture, ({ length }) => length % 2 === 0), { minLength: 3, maxLength: 3 }) }, ({ gaps, records }) => {
    const text = records.map((record, index) => `${JSON.stringify(record)}${gaps[index % gaps.length] === true ? "" : "\n"}`).join("")
    const { tally: _filtered, ...account } = windowOf([text], end)
    const { tally: _all, ...whole } = windowOf([text], end, {}, everything)
    expect(account).toEqual(whole)
  }, runs)

  it("are most of a log", () => {
    const pod = podOf()
    const text = linesOf([pod.create(0), ...Array.from({ length: 50 }, (_, index) => lease(index)), pod.status(60, { phase: "Running" }), pod.bind(70)])
    expect(read([text], forWindow).tally).toMatchObject({ pieces: 53, parsed: 2 })
    expect(read([text], everything).tally.parsed).toBe(53)
  })
})
