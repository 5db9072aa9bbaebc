import { quote } from "./Asking.js"
import type { Place } from "./Place.js"
import { type Finding, type Report, shapeOf } from "./Report.js"
import type { Found, Rule } from "./Rule.js"
import { documentationOf, rules } from "./Rules.js"
import { disableUnknownRule, disableUnused } from "./rules/Disables.js"
import type { Settings } from "./Settings.js"
import type { Severity } from "./Severity.js"
import type { Silence } from "./Silences.js"
import type { Subject } from "./Subject.js"
import { nearestName } from "../output/Nearest.js"

const byId = new Map(rules.map((rule) => [rule.id, rule]))

const severityOf = ({ id, severity }: Rule, settings: Settings): Severity | undefined => {
  const set = settings.rules.get(id) ?? severity
  return set === "off" ? undefined : set
}

const covers = ({ from, position, rule, to }: Silence, of: string, { position: at }: Place): boolean =>
  rule === of && at !== undefined && at.file === position.file && at.line >= from && at.line <= to

const unknown = (rule: string, place: Place): Found => {
  if (rule === "") return { place, message: "the comment switches off no rule", mend: "name the rule: # branchline-lint-disable RULE" }
  const near = nearestName(rule, byId.keys())
  return { place, message: `there is no rule ${quote(rule)}`, mend: near === undefined ? "docs/cli/lint.md has all rules" : `write ${near}` }
}

const placeOf = ({ position }: Silence): Place => ({ object: "", field: "", position })

const finding = (rule: Rule, severity: Severity, { mend, message, place, related = [] }: Found): Finding => ({
  rule: rule.id,
  severity,
  message,
  why: rule.why,
  mend,
  documentation: documentationOf(rule.id),
  source: rule.source,
  place: shapeOf(place),
  related: related.map((other) => ({ message: other.message, place: shapeOf(other.place) }))
})

const keys = ({ message, place, rule }: Finding): ReadonlyArray<string | number> =>
  [place.file ?? "", place.line ?? 0, place.column ?? 0, rule, place.object, place.field, message]

const inOrder = (a: Finding, b: Finding): number => {
  const [ours, theirs] = [keys(a), keys(b)]
  for (const [i, key] of ours.entries()) {
    const other = theirs[i] ?? ""
    if (key !== other) return key < other ? -1 : 1
  }
  return 0
}

/**
 * What all rules say of a subject, by place. Pure and total; `silences` are the comments of the texts that it was read from, `notLooked` what could not be looked at, in
 * sentences.
 */
export const lint = (subject: Subject, silences: ReadonlyArray<Silence>, notLooked: ReadonlyArray<string>): Report => {
  const { settings } = subject
  const findings: Array<Finding> = []
  const unjudged: Array<{ readonly rule: string; readonly lacks: string }> = []
  const used = new Set<Silence>()
  let silenced = 0
  const tell = (rule: Rule, found: Iterable<Found>): void => {
    const severity = severityOf(rule, settings)
    if (severity === undefined) return
    for (const one of found) {
      const covering = silences.filter((silence) => covers(silence, rule.id, one.place))
      for (const silence of covering) used.add(silence)
      if (covering.length > 0) silenced++
      else findings.push(finding(rule, severity, one))
    }
  }
  for (const rule of rules) {
    const lacks = rule.lacks?.(subject)
    if (lacks !== undefined && severityOf(rule, settings) !== undefined) unjudged.push({ rule: rule.id, lacks })
    tell(rule, rule.judge(subject))
  }
  const isIdle = (silence: Silence): boolean => {
    const rule = byId.get(silence.rule)
    // A rule that is off or could not judge may yet have something to tell there.
    return rule !== undefined && !used.has(silence) && severityOf(rule, settings) !== undefined && !unjudged.some((one) => one.rule === rule.id)
  }
  tell(disableUnused, silences.filter(isIdle).map((silence) => ({
    place: placeOf(silence),
    message: `rule ${silence.rule} has nothing to tell ${silence.from > silence.to ? "at the end of a document" : "here"}`,
    mend: "take the comment out"
  })))
  tell(disableUnknownRule, [
    ...silences.filter(({ rule }) => !byId.has(rule)).map((silence) => unknown(silence.rule, placeOf(silence))),
    ...[...settings.rules.keys()].filter((id) => !byId.has(id)).map((id) => unknown(id, settings.placeOf(["rules", id])))
  ])
  return {
    findings: findings.sort(inOrder),
    looked: { objects: subject.items.length, policies: subject.policies.length, workloads: subject.workloads.length },
    silenced,
    unjudged,
    notLooked
  }
}
