/** What is wrong with a label key or value, and what to do about it. */
export interface SyntaxProblem {
  readonly message: string
  readonly mend: string
}

const maxName = 63
const maxPrefix = 253
const name = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const prefix = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

const nameMend = "use letters, digits, \"-\", \"_\" and \".\", with a letter or digit at both ends"
const prefixMend = "use lower-case letters, digits, \"-\" and \".\", with a letter or digit at both ends of every part between dots"

/** Text from a document, in quotes, short enough for a sentence. */
export const quote = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text)

const tooLong = (what: string, text: string, max: number): SyntaxProblem => ({
  message: `${what} has ${text.length} characters`,
  mend: `shorten it to ${max} characters or fewer`
})

const prefixProblems = (key: string, text: string): ReadonlyArray<SyntaxProblem> => {
  if (text.length <= maxPrefix && prefix.test(text)) return []
  if (text === "") {
    return [{ message: `label key ${quote(key)} has nothing before its "/"`, mend: "write a DNS prefix there, or leave the \"/\" out" }]
  }
  const problems: Array<SyntaxProblem> = []
  if (text.length > maxPrefix) problems.push(tooLong(`the prefix of label key ${quote(key)}`, text, maxPrefix))
  if (!prefix.test(text)) problems.push({ message: `the prefix of label key ${quote(key)} is no DNS name`, mend: prefixMend })
  return problems
}

const nameProblems = (key: string, text: string): ReadonlyArray<SyntaxProblem> => {
  if (text.length <= maxName && name.test(text)) return []
  if (text === "") {
    return [{ message: key === "" ? "the label key is empty" : `label key ${quote(key)} has nothing after its "/"`, mend: "write a name" }]
  }
  const what = key === text ? `label key ${quote(key)}` : `the name in label key ${quote(key)}`
  const problems: Array<SyntaxProblem> = []
  if (text.length > maxName) problems.push(tooLong(what, text, maxName))
  if (!name.test(text)) problems.push({ message: `${what} is not well formed`, mend: nameMend })
  return problems
}

/**
 * Everything that is wrong with a label key; empty when it is right: an optional DNS subdomain of at most 253 characters and `/`, then a
 * name of 1 to 63.
 *
 * Source: Kubernetes, "Labels and Selectors: Syntax and character set"; apimachinery's `IsLabelKey`.
 */
export const keyProblems = (key: string): ReadonlyArray<SyntaxProblem> => {
  const [first = "", second, ...more] = key.split("/")
  if (more.length > 0) {
    return [{
      message: `label key ${quote(key)} has more than one "/"`,
      mend: "write a name, or a DNS prefix, one \"/\" and a name (example.com/role)"
    }]
  }
  return second === undefined
    ? nameProblems(key, first)
    : [...prefixProblems(key, first), ...nameProblems(key, second)]
}

/**
 * Everything that is wrong with a label value; empty when it is right: empty, or 1 to 63 characters of a name's form.
 *
 * Source: Kubernetes, "Labels and Selectors: Syntax and character set"; apimachinery's `IsLabelValue`.
 */
export const valueProblems = (value: string): ReadonlyArray<SyntaxProblem> => {
  if (value === "") return []
  const problems: Array<SyntaxProblem> = []
  if (value.length > maxName) problems.push(tooLong(`label value ${quote(value)}`, value, maxName))
  if (!name.test(value)) problems.push({ message: `label value ${quote(value)} is not well formed`, mend: nameMend })
  return problems
}
