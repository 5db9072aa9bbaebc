import { pages, type Rule } from "../Rule.js"

export const manifestShape: Rule = {
  id: "manifest-shape",
  severity: "error",
  finds: "a field of another type than the API's, such as a label value that is a number",
  why: "The API server refuses the object: an unquoted 1, true or 1.5 is no text in YAML.",
  source: pages.labels,
  judge: ({ troubles }) => troubles.filter(({ rule }) => rule === "manifest-shape")
}
