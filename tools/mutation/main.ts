import { parseArgs } from "node:util"
import { pool } from "../../test/mutation/Pool.js"
import { type Fate, kill } from "./Kill.js"
import { type Mutant, ofGuards, ofStryker } from "./Mutants.js"

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "2000" },
    first: { type: "string", default: "1" },
    sample: { type: "string", default: "200" },
    cores: { type: "string", default: "2" },
    only: { type: "string", default: "" },
    help: { type: "boolean", default: false }
  }
})
if (values.help) {
  console.log(`usage: npm run mutation -- [--seeds N] [--first N] [--sample N] [--cores N] [--only TEXT]

How many mutations of the core the simulator notices: every guard of test/mutation taken out, and a sample of what Stryker makes of allocation/ and controller/.
Lives are of the usual mix and of the rough one in turn.

  --seeds N    lives that a mutant has to survive. Default: 2000
  --first N    the first seed. Default: 1
  --sample N   of Stryker's mutants so many, evenly over all. Default: 200; 0 takes none, a large number takes all
  --cores N    processes at a time. Default: 2
  --only TEXT  mutants whose id has the text in it
  --help       this text`)
  process.exit(0)
}

const seeds = Number(values.seeds)
const wanted = Number(values.sample)

/** Evenly over all of them: no room and no kind is left out. */
const sampled = (all: ReadonlyArray<Mutant>): ReadonlyArray<Mutant> => all.length <= wanted ? all : Array.from({ length: wanted }, (_, index) => all[Math.floor((index * all.length) / wanted)]!)

const ofTools = wanted === 0 ? [] : sampled(await ofStryker(["allocation", "controller"]))
const mutants = [...ofGuards(), ...ofTools].filter(({ id }) => id.includes(values.only))
console.error(`${mutants.length} mutants, ${seeds} seeds each from ${values.first}`)

// How long a sound core needs, and three times that again for one that is only slow.
const began = performance.now()
const sound = await kill({ texts: new Map() }, Number(values.first), 40, 600_000)
if (sound._tag !== "survived") throw new Error(`the core as it is does not survive: ${JSON.stringify(sound)}`)
const patience = Math.max(60_000, (4 * seeds * (performance.now() - began)) / 40)

const inTurn = pool(Number(values.cores))
const fates = new Map<Mutant, Fate>()
await Promise.all(mutants.map((mutant) => inTurn(async () => {
  const fate = await kill(mutant, Number(values.first), seeds, patience)
  fates.set(mutant, fate)
  const said = fate._tag === "killed" ? `killed after ${fate.after}: ${fate.rule}` : fate._tag === "broken" ? `broken: ${fate.why}` : fate._tag
  console.error(`${fates.size}/${mutants.length} ${mutant.id}: ${said}`)
})))

const count = (tag: Fate["_tag"]): number => [...fates.values()].filter((fate) => fate._tag === tag).length
const alive = [...fates].filter(([, fate]) => fate._tag === "survived").map(([mutant]) => mutant)
const judged = mutants.length - count("broken")
console.log(`| from | mutants | noticed | survived |\n|---|---|---|---|`)
for (const from of [...new Set(mutants.map((mutant) => mutant.from))].toSorted()) {
  const own = mutants.filter((mutant) => mutant.from === from && fates.get(mutant)?._tag !== "broken")
  const survived = own.filter((mutant) => fates.get(mutant)?._tag === "survived").length
  console.log(`| ${from} | ${own.length} | ${own.length - survived} | ${survived} |`)
}
console.log(`\n${judged} mutants, of which ${count("killed")} broke a rule, ${count("hung")} hung and ${alive.length} survived ${seeds} seeds: ${(((judged - alive.length) / judged) * 100).toFixed(1)} %; ${count("broken")} are no program`)
for (const { change, id } of alive) console.log(`- ${id}: \`${change}\``)
