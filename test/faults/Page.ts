import { ec2Actions } from "@branchline/core/ports/Ec2Actions"
import { type Event, expectedOf } from "./Expected.js"
import { type Fault, faults, type TermName } from "./Faults.js"
import { type Counter, type Situation, situations } from "./Situations.js"

const all: ReadonlyArray<Fault> = Object.values(faults)

const seconds = (millis: number): string => millis >= 120_000 ? `${Math.ceil(millis / 60_000)} min` : `${Math.ceil(millis / 1000)} s`

const eventText = ({ isMaybe, kind, reason, within }: Event): string =>
  `${kind} \`${reason}\`${within > 2_000 ? ` within ${seconds(within)}` : ""}${isMaybe === true ? ", or none" : ""}`

const toldText = (situation: Situation, fault: Fault, term: TermName): string => {
  const { events, logged } = expectedOf(situation, fault, term)
  return [...events.map(eventText), ...(logged ? ["the log"] : [])].join(", ") || "nobody"
}

/** What is the same for each term is said once. */
const perTerm = (terms: ReadonlyArray<TermName>, text: (term: TermName) => string): string => {
  const briefly = [...new Set(terms.filter((term) => term !== "ten minutes").map(text))].join(" or ")
  const long = terms.includes("ten minutes") ? text("ten minutes") : briefly
  return briefly === long ? long : `briefly: ${briefly}; for long: ${long}`
}

const counterText = ({ labels = {}, name }: Counter): string => {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  return `\`${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`}\``
}

/** One row for all faults that come to the same. */
const rowsOf = (situation: Situation): ReadonlyArray<string> => {
  const rows = new Map<string, ReadonlyArray<string>>()
  for (const fault of all) {
    const { operation } = situation
    if (fault.impossible(operation) !== undefined) continue
    const terms = fault.terms(operation)
    const told = perTerm(terms, (term) => toldText(situation, fault, term))
    const bound = perTerm(terms, (term) => seconds(expectedOf(situation, fault, term).bound))
    const outcome = `${told} | ${bound}`
    rows.set(outcome, [...(rows.get(outcome) ?? []), fault.title])
  }
  return [...rows].map(([outcome, titles]) => `| ${titles.join("; ")} | ${outcome} |`)
}

const metricsOf = (situation: Situation): ReadonlyArray<string> => {
  const counters = expectedOf(situation, faults.unavailable, "ten minutes").counters
  return counters.filter(({ name }) => name !== "branchline_ec2_calls_total").map(counterText)
}

const section = (situation: Situation): ReadonlyArray<string> => [
  `## \`${ec2Actions[situation.operation]}\`: ${situation.when}`,
  "",
  `Counted as \`branchline_ec2_calls_total{action="${ec2Actions[situation.operation]}"}\`, ${metricsOf(situation).join(", ")}.`,
  "",
  "| fault | who is told | well again, at most |",
  "|---|---|---|",
  ...rowsOf(situation),
  ""
]

const operations = [...new Set(situations.map(({ operation }) => operation))]

const codesOf = (fault: Fault): string =>
  [...new Set(operations.filter((operation) => fault.impossible(operation) === undefined && fault.outcome(operation) !== undefined).map((operation) =>
    `\`${fault.code(operation)}\``))].join(", ")
const outcomesOf = (fault: Fault): string =>
  [...new Set(operations.filter((operation) => fault.impossible(operation) === undefined).map((operation) => `\`${fault.outcome(operation) ?? "ok"}\``))].join(", ")

const impossibilities = (): ReadonlyArray<string> =>
  all.flatMap((fault) => {
    const reasons = new Map<string, ReadonlyArray<string>>()
    for (const operation of operations) {
      const why = fault.impossible(operation)
      if (why !== undefined) reasons.set(why, [...new Set([...(reasons.get(why) ?? []), ec2Actions[operation]])])
    }
    return [...reasons].map(([why, actions]) => `| ${fault.title} | ${actions.map((action) => `\`${action}\``).join(", ")} | ${why} |`)
  })

/** What every fault of every operation comes to, for people. */
export const page = (): string => [
  "# What EC2's troubles come to",
  "",
  "Every operation, wherever the controller uses it, under every fault that EC2 can answer it with, briefly (one call or four) and for long (ten minutes). Each is",
  "played in simulated time by `test/faults`, and this page is made from what those tests expect (`vitest run test/faults -u` writes it).",
  "",
  "In all of them the pods that run keep their network, no VLAN id is held twice, nothing is left behind, and people are told once, not with every try. Where no",
  "time is given they hear within 1.5 s of the failure. \"Well again\" counts from the end of the fault until the pod is served, the node offers branches, or the",
  "interface is gone; what needs a person's hand first (a permission, a security group) is looked at once a minute. The sweep, which finds what is left where EC2",
  "did not show an interface, comes every minute or ten in these tests, and every half an hour otherwise.",
  "",
  "## The faults",
  "",
  "| fault | EC2's code | `outcome` in `branchline_ec2_calls_total` |",
  "|---|---|---|",
  ...all.map((fault) => `| ${fault.title} | ${codesOf(fault)} | ${outcomesOf(fault)} |`),
  "",
  "A throttled call waits and goes again inside the pacer, which counts it in `branchline_ec2_throttled_total`, too; `--no-ec2-pacing` leaves that to the work queue.",
  "",
  "## What cannot be",
  "",
  "| fault | operation | why |",
  "|---|---|---|",
  ...impossibilities(),
  "",
  ...situations.flatMap(section)
].join("\n")
