import { parse, print, say } from "../CommandLine.js"
import type { Figure } from "../Figure.js"
import type { LongMeasure } from "../kubernetes/LongMeasure.js"
import { documented, full, unthrottled } from "./Measures.js"

// What runs beside this process ends with it (`support/Program.ts`), which a signal by itself would not see to.
for (const [signal, number] of [["SIGINT", 2], ["SIGTERM", 15]] as const) process.on(signal, () => process.exit(128 + number))

const { json, wanted } = parse<LongMeasure>({
  command: "npm run bench:burst",
  about: "500 pods at once on 10 nodes: a real API server, branchline-ec2 and the controller, each in processes of their own. KUBEBUILDER_ASSETS names the folder with the API server's programs.",
  measures: [unthrottled, documented, full]
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
