import { parse, print, say } from "../CommandLine.js"
import type { Figure } from "../Figure.js"
import { latency } from "./Latency.js"
import type { LongMeasure } from "./LongMeasure.js"
import { restart } from "./Restart.js"
import { webhook } from "./Webhook.js"

// What runs beside this process ends with it (`support/Program.ts`), which a signal by itself would not see to.
for (const [signal, number] of [["SIGINT", 2], ["SIGTERM", 15]] as const) process.on(signal, () => process.exit(128 + number))

const { json, wanted } = parse<LongMeasure>({
  command: "npm run bench:kubernetes",
  about: "Measures against a real API server, which it starts itself: KUBEBUILDER_ASSETS names the folder with its programs.",
  measures: [webhook, latency, restart]
})
const figures: Array<Figure> = []
for (const { name, run, title } of wanted) {
  say(`${name}: ${title}`)
  let last = ""
  figures.push(...await run((text) => {
    if (text !== last) say(`  ${text} …`)
    last = text
  }))
}
print(figures, json)
