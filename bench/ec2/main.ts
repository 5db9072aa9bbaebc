import { parse, print, say } from "../CommandLine.js"
import type { Figure, Measure } from "../Figure.js"
import { documented, idle, less, more, releases, restart } from "./Measures.js"

const { json, wanted } = parse<Measure>({
  command: "npm run bench:ec2",
  about: "How the controller gets on with EC2's rates: the whole controller and EC2 in memory, in simulated time.",
  measures: [documented, idle, more, less, releases, restart]
})
const figures: Array<Figure> = []
for (const { name, run, title } of wanted) {
  say(`${name}: ${title}`)
  let last = ""
  figures.push(...run((text) => {
    if (text !== last) say(`  ${text} …`)
    last = text
  }))
}
print(figures, json)
