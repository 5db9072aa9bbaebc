import { branchline } from "@branchline/adapter-memory/simulation/life/Branchline"
import { live } from "@branchline/adapter-memory/simulation/life/Live"
import { usual } from "@branchline/adapter-memory/simulation/life/Mix"
import { rough } from "@branchline/adapter-memory/simulation/life/Rough"
import { planOfLineage } from "@branchline/adapter-memory/simulation/search/Mutate"

/** Lives from `first` on, of both mixes in turn, until one breaks a rule; the answer is a line of JSON: after how many, which rule; or that none did. */
const [first = "0", seeds = "2000"] = process.argv.slice(2)
const mixes = [["rough", rough], ["usual", usual]] as const
const subject = branchline()
let answer: unknown = { survived: Number(seeds) }
for (let index = 0; index < Number(seeds); index++) {
  const [name, mix] = mixes[index % mixes.length]!
  const [violation] = live(planOfLineage(String(Number(first) + index), mix), subject).violations
  if (violation === undefined) continue
  answer = { after: index + 1, rule: `${violation.oracle} (${name})`, text: violation.text.slice(0, 200) }
  break
}
process.stdout.write(`${JSON.stringify(answer)}\n`)
