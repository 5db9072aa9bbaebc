import { branchline } from "../../../src/simulation/life/Branchline.js"
import { live } from "../../../src/simulation/life/Live.js"
import { usual } from "../../../src/simulation/life/Mix.js"
import { planOfLineage } from "../../../src/simulation/search/Mutate.js"

/** The journals of the lives that are named, one after the other: what has to be the same in every process. */
process.stdout.write(process.argv.slice(2).map((lineage) => live(planOfLineage(lineage, usual), branchline()).journal.join("\n")).join("\n\n"))
