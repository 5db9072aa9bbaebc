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
    // The standard input is no file of the repository.
    const inFile = place.file !== undefined && place.file !== "-"
    const where = !inFile ? [] : [`file=${property(place.file ?? "")}`, `line=${place.line}`, `col=${place.column}`]
    const from = place.template === undefined ? placeText(place) : `${place.template} (${place.object})`
    const text = [inFile ? message : `${from}: ${message}`, why, `Mend: ${mend}`, documentation].join("\n")
    return `::${commands[severity]} ${[...where, `title=${property(rule)}`].join(",")}::${data(text)}`
  }).join("\n")
