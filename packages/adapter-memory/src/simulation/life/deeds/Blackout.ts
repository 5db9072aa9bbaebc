import { Effect } from "effect"
import { type Deed, some, whileNobodyLooks } from "../Deed.js"
import { spoilt, type StepOf } from "../Plan.js"
import type { Stage } from "../Stage.js"
import { deleteCniNode } from "./CniNode.js"
import { spoil } from "./Spoil.js"
import { deleteTrunk } from "./Trunk.js"

/** No replica runs for a while, in which somebody may do something that nobody is told of. */
export const blackout = ({ down, meanwhile, node }: StepOf<"blackout">, stage: Stage): Deed => {
  stage.struck("blackout")
  switch (meanwhile) {
    case "nothing":
      return whileNobodyLooks(stage, down, Effect.void)
    case "trunk":
      return whileNobodyLooks(stage, down, deleteTrunk(node, stage))
    case "spoil":
      return whileNobodyLooks(stage, down, spoil({ pods: 500, value: some(stage, spoilt, 1)[0] ?? "removed" }, stage))
    case "cninode":
      return whileNobodyLooks(stage, down, deleteCniNode(node, stage, true))
  }
}
