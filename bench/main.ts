import { spawnSync } from "node:child_process"
import { admission } from "./Admission.js"
import { free, throttled } from "./Bursts.js"
import { fail, parse, print, say } from "./CommandLine.js"
import type { Figure, Measure } from "./Figure.js"
import { memory } from "./Memory.js"
import { selection } from "./Selection.js"
import { trunk } from "./TrunkSteps.js"

type Figures = ReadonlyArray<Figure & { readonly measure: string }>

const runHere = ({ name, run, title }: Measure): Figures => {
  say(`${name}: ${title}`)
  return run((text) => say(`  ${text} …`)).map((figure) => ({ measure: name, ...figure }))
}

/** Each measure in a process of its own: one's heap and compiled code would colour the next one's figures. */
const runApart = ({ name }: Measure): Figures => {
  const args = [...process.execArgv, import.meta.filename, "--only", name, "--json"]
  const { status, stdout } = spawnSync(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"], encoding: "utf8" })
  return status === 0 ? JSON.parse(stdout).figures : fail(`${name}: failed`)
}

const { json, wanted } = parse<Measure>({ command: "npm run bench", measures: [selection, admission, trunk, memory, throttled, free] })
print(wanted.length === 1 ? runHere(wanted[0]!) : wanted.flatMap(runApart), json)
