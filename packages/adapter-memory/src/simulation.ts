/**
 * Whole lives of a cluster, in which most things go wrong, for a controller under test: see docs/simulation.md.
 *
 * @example
 * const life = live(planOfLineage("17", usual), branchline())
 * life.violations // what must never be, and was
 */
export { simulate, simulated, SimulationError, type Run, type SimulationOptions } from "./simulation/Simulation.js"
export { branchline } from "./simulation/life/Branchline.js"
export { live, type Life, type LifeFigures } from "./simulation/life/Live.js"
export { type Mix, usual } from "./simulation/life/Mix.js"
export { mixes, rough } from "./simulation/life/Rough.js"
export type { Plan, Step, StepKind, World } from "./simulation/life/Plan.js"
export type { Process, Subject } from "./simulation/life/Subject.js"
export { isLineage, planOfLineage } from "./simulation/search/Mutate.js"
export { BadFile, formatScenario, parseMix, parseScenario, type Scenario } from "./simulation/search/ScenarioFile.js"
export { make as makeSearch, type Search, type SearchOptions } from "./simulation/search/Search.js"
export { shrink, type Shrunk, violationLine } from "./simulation/search/Shrink.js"
export { firstOfEach, timeline } from "./simulation/search/Timeline.js"
export type { Oracle, Violation } from "./simulation/oracle/Oracle.js"
export type { Book, PodRecord } from "./simulation/oracle/Book.js"
export { nodesUnharmed, ownOnly, withinLimits } from "./simulation/oracle/Account.js"
export { annotated, exclusive, untouched } from "./simulation/oracle/Branches.js"
export { make as makeCourt, type Court, type CourtOptions } from "./simulation/oracle/Court.js"
export { rightGroups } from "./simulation/oracle/Groups.js"
export { prompt } from "./simulation/oracle/Prompt.js"
export { releasesTold, strandedTold, toldGroups, waitersTold } from "./simulation/oracle/Told.js"
export { unasked } from "./simulation/oracle/Unasked.js"
export { patient, toldOnce } from "./simulation/oracle/Manners.js"
export { nothingTwice, refusedIdsRest, truthfulTags } from "./simulation/oracle/Tags.js"
export { usualOracles, type UsualOptions, type UsualOracles } from "./simulation/oracle/Usual.js"
export { settled, type SettledOptions } from "./simulation/oracle/Settled.js"
export { type Around, aroundKubernetes } from "./simulation/perturb/AroundKubernetes.js"
export { type CrashGate, type CrashPoint, makeCrashGate } from "./simulation/perturb/Crash.js"
export { type Host, type HostOptions, make as makeHost } from "./simulation/perturb/Host.js"
export { type Distribution, distributions, withEc2Latency, withKubernetesLatency } from "./simulation/perturb/Latency.js"
export { makePartition, type Partition } from "./simulation/perturb/Partition.js"
export { withHidden } from "./simulation/perturb/Blind.js"
export { clear as clearSight, coalesced, reordered, seenThrough, type Sight } from "./simulation/perturb/Sight.js"
