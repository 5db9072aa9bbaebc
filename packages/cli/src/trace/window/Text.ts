import { counted } from "@branchline/core/explain/Words"
import type { Page } from "../../output/Page.js"
import { pastOf, programOf } from "../facts/Fact.js"
import { readingRows } from "../ReadingText.js"
import { emptyRow, type MarkedRow, rowsText, span, thousands } from "../Rows.js"
import type { Distribution } from "./Histogram.js"
import type { Shown } from "./Shown.js"
import type { Capacity, Change, Foreign, Slipped, Slow, Stuck, Unserved, Window } from "./Summary.js"

const heading = (label: string): MarkedRow => ({ label, text: "", mark: "heading" })

const distributionText = ({ count, max, p50, p90, p99, p999 }: Distribution): string =>
  `p50 ${span(p50)}, p90 ${span(p90)}, p99 ${span(p99)}, p99.9 ${span(p999)}, most ${span(max)} (${thousands(count)})`

const named = ({ name, namespace }: { readonly namespace: string; readonly name: string }): string => `${namespace}/${name}`

/** The time of day, and the date where the window has several. */
type Clock = (at: string | undefined) => string

const clockOf = ({ from, to }: Window): Clock => {
  const start = from?.slice(0, 10) === to?.slice(0, 10) ? 11 : 5
  return (at) => (at === undefined ? "" : at.slice(start, 23).replace("T", " "))
}

/** A heading with the number of all, the first of them, and how many are left out. */
const list = <A>(title: string, { count, first }: Shown<A>, row: (item: A) => MarkedRow, mark: MarkedRow["mark"]): ReadonlyArray<MarkedRow> =>
  count === 0 ? [] : [
    emptyRow,
    { label: `${title}: ${thousands(count)}`, text: "", mark },
    ...first.map((item) => ({ ...row(item), under: true })),
    ...(count > first.length ? [{ label: `and ${thousands(count - first.length)} more (--top)`, text: "", under: true, mark: "faint" as const }] : [])
  ]

const slippedRow = (clock: Clock) => ({ created, createdBy, place, why, ...pod }: Slipped): MarkedRow => ({
  label: named(pod),
  text: `${why === "no resource" ? "stored without the resource" : "never annotated, its resources are not recorded"}; created ${clock(created)} by ${createdBy} (${place})`
})

const failureText = (failure: string | undefined): string => (failure === undefined ? "" : `: ${failure}`)

const stuckRow = ({ failure, failures, for: waited, node, waitsFor, ...pod }: Stuck): MarkedRow => ({
  label: named(pod),
  text: `waits ${span(waited)} for its ${waitsFor}${node === undefined ? "" : ` on ${node}`}${failures === 0 ? "" : `, ${counted(failures, "failure")}`}${failureText(failure)}`
})

const unservedRow = ({ failure, lived, node, ...pod }: Unserved): MarkedRow => ({
  label: named(pod),
  text: `lived ${span(lived)}${node === undefined ? ", bound to no node" : ` on ${node}`}${failureText(failure)}`
})

const foreignRow = (clock: Clock) => ({ agent, at, code, did, place, user, value, ...pod }: Foreign): MarkedRow => ({
  label: named(pod),
  text: `${clock(at)} ${did} by ${user} with ${programOf({ agent })}${code !== undefined && code >= 400 ? `, refused with ${code}` : ""}${value === undefined ? "" : `: ${value}`} (${place})`
})

const capacityRow = (clock: Clock) => ({ at, field, node, refused, user, value, whose }: Capacity): MarkedRow => ({
  label: node,
  text: `${clock(at)} ${field} ${value === null ? "removed" : `= ${value}`} by ${user}${refused ? ", refused" : ""}`.trimStart(),
  mark: whose === "other" && !refused ? "warning" : undefined
})

const changeRow = (clock: Clock) => ({ at, kind, name, refused, user, verb, what }: Change): MarkedRow => ({
  label: `${kind} ${name}`,
  text: `${clock(at)} ${pastOf(verb)} by ${user}${refused ? ", refused" : ""}${what === "" ? "" : `: ${what}`}`.trimStart()
})

const slowRow = ({ boundToAnnotated, createToAnnotated, createToBound, node, ...pod }: Slow): MarkedRow => ({
  label: named(pod),
  text: `${span(createToAnnotated)}${createToBound === undefined || boundToAnnotated === undefined ? "" : ` (bound after ${span(createToBound)}, annotated ${span(boundToAnnotated)} later)`}${node === undefined ? "" : ` on ${node}`}`,
  under: true
})

const podsText = ({ pods }: Window): string => [
  `${thousands(pods.created)} created: ${thousands(pods.asked)} ask for a branch, ${thousands(pods.notAsked)} do not${pods.unknown === 0 ? "" : `, of ${thousands(pods.unknown)} it is not recorded`}`,
  `${thousands(pods.bound)} bound, ${thousands(pods.annotated)} annotated, ${thousands(pods.deleted)} deleted`,
  ...(pods.refused === 0 ? [] : [`${thousands(pods.refused)} refused`]),
  ...(pods.failedOpen === 0 ? [] : [`${thousands(pods.failedOpen)} let in while the webhook failed open`]),
  ...(pods.earlier === 0 ? [] : [`${thousands(pods.earlier)} made earlier, or by records that are not here`]),
  ...(pods.unnamed === 0 ? [] : [`${thousands(pods.unnamed)} whose names are not recorded`]),
  ...(pods.dropped === 0 ? [] : [`${thousands(pods.dropped)} dropped for want of room: what became of them is not told`])
].join("; ")

/** A window for people. */
export const windowText = (window: Window, page: Page): string => {
  const { latencies } = window
  const clock = clockOf(window)
  const times: ReadonlyArray<readonly [string, Distribution | undefined]> = [
    ["creation answered", latencies.createRequest],
    ["created → bound", latencies.createToBound],
    ["bound → annotated", latencies.boundToAnnotated],
    ["created → annotated", latencies.createToAnnotated]
  ]
  const known = times.flatMap(([label, distribution]) => (distribution === undefined ? [] : [{ label, text: distributionText(distribution), under: true }]))
  const sections: ReadonlyArray<ReadonlyArray<MarkedRow>> = [
    [
      ...(window.from === undefined || window.to === undefined ? [] : [{ label: "Window", text: `${window.from} to ${window.to} (${span(Date.parse(window.to) - Date.parse(window.from))})` }]),
      { label: "Pods", text: podsText(window) },
      ...(window.refusedAnnotations.length === 0 ? [] : [{ label: "Refused", text: `annotations of the controller: ${window.refusedAnnotations.map(({ code, count }) => `${thousands(count)} with ${code}`).join(", ")}` }]),
      ...(window.rewritten === 0 ? [] : [{ label: "Rewritten", text: `${counted(window.rewritten, "annotation")} by the controller, with another value`, mark: "warning" as const }])
    ],
    known.length === 0 ? [] : [emptyRow, heading("Times"), ...known],
    list("Slipped through while the webhook failed open", window.slipped, slippedRow(clock), "bad"),
    list("Stuck", window.stuck, stuckRow, "bad"),
    list("Ended without annotation", window.unserved, unservedRow, "bad"),
    list("Annotations by others than the controller", window.foreign, foreignRow(clock), "bad"),
    list("Refused attempts at annotations", window.attempts, foreignRow(clock), "warning"),
    window.slowest.length === 0 ? [] : [emptyRow, heading("Slowest from creation to annotation"), ...window.slowest.map(slowRow)],
    list("Node capacities vpc.amazonaws.com/pod-eni", window.capacities, capacityRow(clock), "heading"),
    list("Changes to CNINodes, policies, webhooks and labels", window.changes, changeRow(clock), "heading"),
    list("Who did what", window.actors, ({ agent, deeds, user }) => ({
      label: agent === "" ? user : `${user} (${agent})`,
      text: Object.entries(deeds).map(([what, count]) => `${thousands(count)} ${what}`).join(", ")
    }), "heading"),
    [emptyRow, ...readingRows(window.reading)]
  ]
  return sections.filter((rows) => rows.length > 0).map((rows) => rowsText(rows, page)).join("\n")
}
