import { describe, expect, it } from "vitest"
import { rules } from "../../../src/lint/Rules.js"
import { statusOf } from "../../../src/status/Status.js"
import { expectBlock } from "../../support/Screens.js"
import { played } from "../../support/Live.js"
import { situations } from "./All.js"
import type { Question, Situation } from "./Situation.js"
import { type Told, toldIn } from "./Told.js"

const commandOf = (question: Question): string => {
  switch (question.kind) {
    case "status":
      return "`status`"
    case "node":
      return "`explain node NAME`"
    default:
      return `\`explain ${question.kind} ${question.name}\``
  }
}

/** A situation as a row of the table in docs. */
const rowOf = ({ cause, guide, question, title }: Situation, { text }: Told): string =>
  `| ${title} | ${guide} | ${commandOf(question("NAME"))} | \`${cause}\`: ${text.replaceAll("|", "\\|").split("\n").join("; ")} |`

describe("a situation of Amazon's guide to security groups for pods", () => {
  it.each(situations)("$title: the cause is named", (situation) => {
    const { cause, names, next, screen = /./ } = situation
    const told = toldIn(situation)
    expect(told.causes).toContain(cause)
    expect(told.text).toMatch(names)
    expect(told.next).toMatch(next)
    expect(told.screen.replace(/\s+/g, " ")).toMatch(screen)
  })

  it("is no sign of two controllers where there is one", () => {
    const others = situations.filter(({ cause }) => cause !== "TwoControllers")
    for (const { build, title } of others) expect(statusOf(played(build).look).findings, title).toEqual([])
  })

  it("has a title of its own", () => {
    expect(new Set(situations.map(({ title }) => title)).size).toBe(situations.length)
  })

  it("of manifests is in docs/cli/situations.md with the rule of lint that names it", () => {
    expectBlock("situations.md", "lint", [
      "| What is wrong | Rule | Source |",
      "|---|---|---|",
      ...rules.map(({ finds, id, source }) => `| ${finds.replaceAll("|", "\\|")} | [\`${id}\`](rules/${id}.md) | <${source}> |`)
    ].join("\n"))
  })

  it("is in docs/cli/situations.md with what is told of it", () => {
    expectBlock("situations.md", "situations", [
      "| Situation | Guide | Ask | What it waits for |",
      "|---|---|---|---|",
      ...situations.map((one) => rowOf(one, toldIn(one)))
    ].join("\n"))
  })
})
