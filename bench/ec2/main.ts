import { parse, print, say } from "../CommandLine.js"
import type { Figure, Measure } from "../Figure.js"
import { documented, grants, idle, restart } from "./Measures.js"

const { json, wanted } = parse<Measure>({
  command: "npm run bench:ec2",
  about: "How the controller gets on with EC2's rates, in simulated time: the memory EC2 and the whole controller.",
  measures: [documented, idle, grants, restart]
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
