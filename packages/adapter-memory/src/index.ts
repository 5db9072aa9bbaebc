/**
 * `@branchline/adapter-memory`: a whole small world in memory, in which time and faults are a test's to command.
 *
 * Each export is one module, which can be imported by itself too: `@branchline/adapter-memory/World`.
 */

export * as Cluster from "./Cluster.js"
export * as World from "./World.js"

export * as CallLog from "./ec2/CallLog.js"
export * as MemoryEc2 from "./ec2/MemoryEc2.js"
export * as MemoryKubernetes from "./kubernetes/MemoryKubernetes.js"

export * as Ec2Faults from "./faults/Ec2Faults.js"
export * as Faults from "./faults/Faults.js"
export * as KubernetesFaults from "./faults/KubernetesFaults.js"

export * as Journal from "./simulation/Journal.js"
export * as Simulation from "./simulation/Simulation.js"
export * as Waiting from "./simulation/Waiting.js"
