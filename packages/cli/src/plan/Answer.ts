import { Result } from "effect"
import type { Look } from "../cluster/Look.js"
import type { Text } from "../lint/Sources.js"
import type { Answer } from "../output/Answer.js"
import type { CouldNotLook } from "../output/CouldNotLook.js"
import { complaints } from "./Complaints.js"
import type { Plan } from "./Plan.js"
import { type PlanAsked, planOf } from "./PlanOf.js"
import { planText } from "./Text.js"

/** A plan as an answer. `notLooked`: what was passed over among the manifests, in sentences. */
export const answerOf = (look: Look, texts: ReadonlyArray<Text>, asked: PlanAsked & { readonly notLooked?: ReadonlyArray<string> }): Result.Result<Answer<Plan>, CouldNotLook> =>
  Result.map(planOf(look, texts, asked), (found) => {
    const plan = { ...found, cautions: [...(asked.notLooked ?? []).map((text) => `not looked at: ${text}`), ...found.cautions] }
    return { data: plan, found: complaints(plan).length > 0, text: (page) => planText(plan, page) }
  })
