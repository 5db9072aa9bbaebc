import { type AwsFacts, noAwsFacts } from "./AwsFacts.js"
import { build } from "./Build.js"
import { lint } from "./Lint.js"
import type { Report } from "./Report.js"
import { defaultSettings, type Settings } from "./Settings.js"
import { read, type Text } from "./Sources.js"

/** What is asked about manifests. */
export interface Asked {
  readonly texts: ReadonlyArray<Text>
  readonly settings?: Settings
  readonly aws?: AwsFacts
  readonly notLooked?: ReadonlyArray<string>
}

/**
 * What all rules say of these texts. Pure and total.
 *
 * @example lintTexts({ texts: [{ name: "sgp.yaml", text }] }).findings[0]?.place.line // 12
 */
export const lintTexts = ({ aws = noAwsFacts, notLooked = [], settings = defaultSettings, texts }: Asked): Report => {
  const all = texts.map(read)
  const subject = build({
    objects: all.flatMap(({ documents }) => documents),
    unreadable: all.flatMap(({ unreadable }) => unreadable),
    settings,
    aws,
    whole: new Set()
  })
  return lint(subject, all.flatMap(({ silences }) => silences), notLooked)
}
