import type { LabelSelector } from "../../src/model/LabelSelector.js"

/**
 * A second opinion on label selectors, written from the documentation without a look at the first: labels are a list of `key=value` lines,
 * and text is walked character by character.
 */
const isAlphanumeric = (c: string): boolean => (c >= "0" && c <= "9") || (c >= "a" && c <= "z") || (c >= "A" && c <= "Z")

const isName = (text: string): boolean => {
  const characters = [...text]
  if (characters.length < 1 || characters.length > 63) return false
  const ends = [characters[0] ?? "", characters[characters.length - 1] ?? ""]
  return ends.every(isAlphanumeric) && characters.every((c) => isAlphanumeric(c) || ["-", "_", "."].includes(c))
}

const isDomain = (text: string): boolean =>
  text.length <= 253 && text.toLowerCase() === text &&
  text.split(".").every((part) =>
    part !== "" && !part.startsWith("-") && !part.endsWith("-") && [...part].every((c) => isAlphanumeric(c) || c === "-")
  )

export const isKey = (text: string): boolean => {
  const slash = text.indexOf("/")
  return slash < 0 ? isName(text) : isDomain(text.slice(0, slash)) && isName(text.slice(slash + 1))
}

export const isValue = (text: string): boolean => text.length === 0 || isName(text)

export const isValid = ({ matchExpressions, matchLabels }: LabelSelector): boolean => {
  const labels = Object.entries(matchLabels ?? {})
  if (labels.some(([key, value]) => !isKey(key) || !isValue(value))) return false
  return (matchExpressions ?? []).every(({ key, operator, values }) => {
    const count = values?.length ?? 0
    const counts: Record<string, boolean> = { In: count > 0, NotIn: count > 0, Exists: count === 0, DoesNotExist: count === 0 }
    return isKey(key) && counts[operator] === true && (values ?? []).every(isValue)
  })
}

/** Only for a selector that is valid. */
export const selects = ({ matchExpressions, matchLabels }: LabelSelector, labels: Readonly<Record<string, string>>): boolean => {
  const lines = Object.entries(labels).map(([key, value]) => `${key}=${value}`)
  const isOneOf = (key: string, values: ReadonlyArray<string>) => values.some((value) => lines.includes(`${key}=${value}`))
  const isThere = (key: string) => lines.some((line) => line.startsWith(`${key}=`))
  return Object.entries(matchLabels ?? {}).every(([key, value]) => isOneOf(key, [value])) &&
    (matchExpressions ?? []).filter(({ operator }) => operator === "In").every(({ key, values }) => isOneOf(key, values ?? [])) &&
    !(matchExpressions ?? []).filter(({ operator }) => operator === "NotIn").some(({ key, values }) => isOneOf(key, values ?? [])) &&
    (matchExpressions ?? []).filter(({ operator }) => operator === "Exists").every(({ key }) => isThere(key)) &&
    !(matchExpressions ?? []).filter(({ operator }) => operator === "DoesNotExist").some(({ key }) => isThere(key))
}
