import { counted, listed } from "@branchline/core/explain/Words"
import { notSeenRows } from "../cluster/Unknowns.js"
import type { Waits } from "../explain/Waits.js"
import type { Page } from "../output/Page.js"
import { rowsText, type ToneRow } from "../output/Rows.js"
import { type Cell, tableText } from "../output/Table.js"
import type { StatusSeen } from "./Status.js"

const toneOf = (health: "good" | "bad" | "unknown"): NonNullable<ToneRow["tone"]> => health === "unknown" ? "faint" : health

const isWell = ({ actor, fine }: Waits): boolean => fine || actor === "nobody"

const toneOfWaits = (waits: Waits): NonNullable<ToneRow["tone"]> => isWell(waits) ? "good" : waits.actor === "person" ? "bad" : "warning"

const stateCell = (waits: Waits): Cell => ({ text: isWell(waits) ? "well" : waits.text, tone: toneOfWaits(waits) })

/** The same in a word, where there is no room for more. */
const wordCell = (waits: Waits): Cell => ({ text: isWell(waits) ? "well" : waits.cause, tone: toneOfWaits(waits) })

const headRows = ({ feature, findings, lease, versions, webhook }: StatusSeen): ReadonlyArray<ToneRow> => [
  { label: "Feature", text: feature.text, tone: toneOf(feature.health) },
  { label: "Controller", text: lease.text, tone: toneOf(lease.health) },
  ...(versions.controller === undefined ? [] : [{ label: "says", text: versions.controller, under: true }]),
  { label: "Webhook", text: webhook.text, tone: toneOf(webhook.health) },
  { label: "Versions", text: [...(versions.nodeAgent === undefined ? [] : [`aws-node ${versions.nodeAgent}`]), ...(versions.kubelet.length === 0 ? [] : [`kubelet ${listed(versions.kubelet)}`])].join("; ") || "unknown" },
  ...findings.flatMap(({ next, text }): ReadonlyArray<ToneRow> => [{ label: "Found", text, tone: "bad" }, { label: "next", text: next, under: true }])
]

const count = (value: number | undefined): string => value === undefined ? "?" : String(value)

/** The status on one screen; sections that have nothing to show are left out. */
export const statusText = (status: StatusSeen, page: Page): string => {
  const sections: Array<string> = [rowsText(headRows(status), page)]
  if (status.nodes.length > 0) {
    sections.push(tableText(
      ["NODE", "TYPE", "TRUNK", "IN USE", "COOLING", "FREE", "WAIT", "STATE"],
      status.nodes.map((node) => [
        node.name,
        node.instanceType ?? "?",
        node.trunk,
        `${count(node.inUse)}${(node.inFlight ?? 0) > 0 ? `+${node.inFlight}` : ""}`,
        count(node.cooling),
        `${count(node.free)}/${count(node.limit)}`,
        count(node.inLine),
        wordCell(node.waitsFor)
      ]),
      page
    ))
    const unwell = status.nodes.filter(({ waitsFor }) => !isWell(waitsFor))
    // What many nodes wait for is told once.
    const causes = [...new Set(unwell.map(({ waitsFor }) => waitsFor.text))]
    if (causes.length > 0) {
      sections.push(rowsText(causes.map((text): ToneRow => {
        const nodes = unwell.filter(({ waitsFor }) => waitsFor.text === text)
        return { label: nodes[0]?.waitsFor.cause ?? "", text: `${nodes.length === 1 ? nodes[0]?.name ?? "" : counted(nodes.length, "node")} waits for ${text}`.replace(/^(\d+ nodes) waits/, "$1 wait") }
      }), page))
    }
  }
  if (status.otherNodes > 0) sections.push(page.style.faint(`${counted(status.otherNodes, "other node")} that can carry no branches`))
  if (status.subnets !== undefined && status.subnets.length > 0) {
    sections.push(tableText(
      ["SUBNET", "CIDR", "FREE ADDRESSES"],
      status.subnets.map(({ cidr, freeAddresses, id }) => [id, cidr, { text: String(freeAddresses), tone: freeAddresses === 0 ? "bad" : "good" }]),
      page
    ))
  }
  if (status.policies.length > 0) {
    sections.push(tableText(
      ["POLICY", "GROUPS", "PODS", "WITHOUT", "STATE"],
      status.policies.map(({ groups, name, namespace, pods, waitsFor, without }) => [`${namespace}/${name}`, String(groups), String(pods), String(without), stateCell(waitsFor)]),
      page
    ))
  }
  sections.push(status.waiting.length === 0
    ? rowsText([{ label: "Waiting", text: "no pod lacks anything", tone: "good" }], page)
    : rowsText([
      { label: "Waiting", text: counted(status.waiting.length, "pod") },
      ...status.waiting.map(({ name, namespace, waitsFor }): ToneRow => ({ label: `${namespace}/${name}`, text: waitsFor.text, under: true, tone: toneOfWaits(waitsFor) }))
    ], page))
  const unseen = notSeenRows(status.notSeen)
  if (unseen.length > 0) sections.push(rowsText(unseen, page))
  return sections.join("\n\n")
}
