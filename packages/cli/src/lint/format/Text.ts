import { wrap } from "@branchline/core/explain/Layout"
import { counted, listed, plain } from "@branchline/core/explain/Words"
import type { Page } from "../../output/Page.js"
import { type Finding, placeText, type Report } from "../Report.js"
import type { Severity } from "../Severity.js"

const indent = "  "
const label = 6

/** A label and a text under it, wrapped. */
const row = (name: string, text: string, { style, width }: Page): ReadonlyArray<string> =>
  wrap(text, Math.max(1, width - indent.length - label)).map((line, i) =>
    `${indent}${i === 0 ? style.faint(name.padEnd(label)) : " ".repeat(label)}${line}`)

const severityText = (severity: Severity, { style }: Page): string => {
  switch (severity) {
    case "error":
      return style.bad(severity)
    case "warning":
      return style.warning(severity)
    case "info":
      return style.faint(severity)
  }
}

const findingLines = (finding: Finding, page: Page): ReadonlyArray<string> => {
  const { documentation, mend, message, place, related, rule, severity, why } = finding
  const where = plain(placeText(place))
  return [
    ...(where === "" ? [] : [page.style.heading(where)]),
    `${indent}${severityText(severity, page)} ${page.style.faint(rule)}`,
    ...(place.file === undefined || place.object === "" ? [] : row("in", [place.object, place.field, place.template ?? ""].filter((part) => part !== "").join(", "), page)),
    ...row("what", message, page),
    ...row("why", why, page),
    ...row("mend", mend, page),
    ...related.flatMap((other) => row("also", `${placeText(other.place)}: ${other.message}`, page)),
    ...row("see", documentation, page)
  ]
}

const count = (findings: ReadonlyArray<Finding>, severity: Severity, noun: string): ReadonlyArray<string> => {
  const found = findings.filter((one) => one.severity === severity).length
  return found === 0 ? [] : [counted(found, noun)]
}

const summary = ({ findings, looked, silenced }: Report): string => {
  const parts = [...count(findings, "error", "error"), ...count(findings, "warning", "warning"), ...count(findings, "info", "remark")]
  const seen = `${counted(looked.objects, "object")}, ${counted(looked.policies, "policy", "policies")} and ${counted(looked.workloads, "workload")} among them`
  const quiet = silenced === 0 ? "" : `; comments keep ${silenced} more quiet`
  return `${parts.length === 0 ? "Nothing found" : listed(parts)} in ${seen}${quiet}.`
}

const unjudgedLines = ({ unjudged }: Report, page: Page): ReadonlyArray<string> => {
  const reasons = [...new Set(unjudged.map(({ lacks }) => lacks))]
  return reasons.flatMap((lacks) => {
    const rules = unjudged.filter((one) => one.lacks === lacks).map(({ rule }) => rule)
    return wrap(`Not judged: ${listed(rules, 20)} (${lacks}).`, page.width).map((line) => page.style.faint(line))
  })
}

/** A report for people, without a line end at the end. */
export const text = (report: Report, page: Page): string =>
  [
    ...report.findings.flatMap((finding) => [...findingLines(finding, page), ""]),
    ...wrap(summary(report), page.width),
    ...report.notLooked.flatMap((sentence) => wrap(`Not looked at: ${sentence}.`, page.width).map((line) => page.style.warning(line))),
    ...unjudgedLines(report, page)
  ].join("\n")
