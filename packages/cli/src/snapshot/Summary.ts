import type { Look } from "../cluster/Look.js"
import { notSeen } from "../cluster/Unknowns.js"

/** What is in a snapshot and what is not, in lines for people. */
export const summaryOf = (look: Look): ReadonlyArray<string> => {
  const counts = Object.entries(look.cluster).map(([name, kind]) => "items" in kind ? `${name} ${kind.items.length}` : `${name} unknown`)
  const names = Object.keys(look.cluster) as ReadonlyArray<keyof Look["cluster"]>
  const { redacted } = look
  return [
    `snapshot of ${look.takenAt}: ${counts.join(", ")}`,
    ...notSeen(look, names).map(({ reason, what }) => `not seen: ${what} (${reason})`),
    ...(redacted === undefined ? [] : [`redacted: ${Object.entries(redacted.what).map(([what, count]) => `${count} ${what}`).join(", ") || "nothing was there to redact"}`])
  ]
}
