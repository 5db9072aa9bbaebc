import { admission } from "./Admission.js"
import { ec2 } from "./Ec2.js"
import { nodes } from "./Nodes.js"
import { slots } from "./Slots.js"
import type { Situation } from "./Situation.js"

/** All situations that `explain` and `status` are held to. */
export const situations: ReadonlyArray<Situation> = [...admission, ...nodes, ...slots, ...ec2]
