import { type Context, valuesOf } from "./Context.js"
import { literally } from "./Wildcard.js"

/** `${aws:PrincipalTag/team, 'nobody'}` */
const variable = /\$\{([^},]+)(?:,\s*'([^']*)')?\}/g

/**
 * A policy's text with its variables filled in; undefined where the request has no value for one, so that nothing is like it. In a pattern a value's own
 * wildcards stand for themselves. Source: IAM User Guide, "IAM policy elements: Variables and tags".
 */
export const fill = (text: string, context: Context, isPattern: boolean): string | undefined => {
  if (!text.includes("${")) return text
  const put = isPattern ? literally : (value: string): string => value
  let isComplete = true
  const filled = text.replace(variable, (_, name: string, otherwise: string | undefined) => {
    // Characters that a policy could not write otherwise.
    if (name === "*" || name === "?" || name === "$") return put(name)
    const value = valuesOf(context, name.trim())?.[0] ?? otherwise
    if (value === undefined) isComplete = false
    return put(value ?? "")
  })
  return isComplete ? filled : undefined
}
