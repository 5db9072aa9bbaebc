import type { Rule } from "../Rule.js"

const source = "https://yaml.org/spec/1.2.2/#66-comments"

/** Judged by `Lint.ts`, which alone knows what was silenced. */
export const disableUnknownRule: Rule = {
  id: "disable-unknown-rule",
  severity: "warning",
  finds: "a comment or a line of the config file that switches off a rule that there is not",
  why: "It silences nothing: the rule that was meant still tells, or a slip of the pen hides that it would.",
  source,
  judge: () => []
}

/** Judged by `Lint.ts`, which alone knows what was silenced. */
export const disableUnused: Rule = {
  id: "disable-unused",
  severity: "info",
  finds: "a comment that switches off a rule which has nothing to tell there",
  why: "What it was for has been mended; left there, it would hide the next one.",
  source,
  judge: () => []
}
