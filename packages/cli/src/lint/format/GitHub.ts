import { placeText, type Report } from "../Report.js"
import type { Severity } from "../Severity.js"

const commands: Readonly<Record<Severity, string>> = { error: "error", warning: "warning", info: "notice" }

/** Source: GitHub, actions/toolkit, "command": what a message and a property may not hold as they are. */
const data = (text: string): string => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A")
const property = (text: string): string => data(text).replaceAll(":", "%3A").replaceAll(",", "%2C")

/**
 * Findings as workflow commands, a line each, without a line end at the end. Empty where there is none.
 *
 * Source: GitHub Docs, "Workflow commands for GitHub Actions".
 */
export const gitHub = ({ findings }: Report): string =>
  findings.map(({ documentation, mend, message, place, rule, severity, why }) => {
    const where = place.file === undefined ? [] : [`file=${property(place.file)}`, `line=${place.line}`, `col=${place.column}`]
    const text = [place.file === undefined ? `${placeText(place)}: ${message}` : message, why, `Mend: ${mend}`, documentation].join("\n")
    return `::${commands[severity]} ${[...where, `title=${property(rule)}`].join(",")}::${data(text)}`
  }).join("\n")
