import type { Rule } from "../Rule.js"

export const unreadable: Rule = {
  id: "unreadable",
  severity: "error",
  finds: "a document that is no YAML, no mapping, or has no kind",
  why: "kubectl refuses it, and no other rule can judge what is not read.",
  source: "https://yaml.org/spec/1.2.2/",
  judge: ({ troubles }) => troubles.filter(({ rule }) => rule === "unreadable")
}
