import { Effect } from "effect"
import { explainNodeOf } from "../../../src/explain/ExplainNode.js"
import { explainPodOf } from "../../../src/explain/ExplainPod.js"
import { explainPolicyOf } from "../../../src/explain/ExplainPolicy.js"
import type { Look } from "../../../src/cluster/Look.js"
import type { Waits } from "../../../src/explain/Waits.js"
import type { Answer } from "../../../src/output/Answer.js"
import { colourless } from "../../../src/output/Style.js"
import { statusOf } from "../../../src/status/Status.js"
import { statusText } from "../../../src/status/StatusText.js"
import { played } from "../../support/Live.js"
import type { Question, Situation } from "./Situation.js"

const page = { width: 100, style: colourless }

/** What a command names. */
export interface Told {
  readonly causes: ReadonlyArray<string>
  readonly text: string
  readonly next: string
  /** All that people read. */
  readonly screen: string
}

const toldBy = (look: Look, question: Question): Told => {
  const waits = <A extends { readonly waitsFor: Waits }>({ data: { waitsFor: { cause, next, text } }, text: written }: Answer<A>): Told => ({ causes: [cause], text, next, screen: written(page) })
  switch (question.kind) {
    case "pod":
      return waits(Effect.runSync(explainPodOf(look, question.namespace ?? "default", question.name)))
    case "policy":
      return waits(Effect.runSync(explainPolicyOf(look, "default", question.name)))
    case "node":
      return waits(Effect.runSync(explainNodeOf(look, question.name)))
    case "status": {
      const { feature, findings, lease, webhook } = statusOf(look)
      const bad = Object.entries({ feature, lease, webhook }).filter(([, { health }]) => health === "bad")
      return {
        causes: [...findings.map(({ finding }) => finding), ...bad.map(([name]) => name)],
        text: [...findings.map(({ text }) => text), ...bad.map(([, { text }]) => text)].join("\n"),
        next: findings.map(({ next }) => next).join("\n"),
        screen: statusText(statusOf(look), page)
      }
    }
  }
}

/** What is named in a situation. */
export const toldIn = ({ build, question }: Situation): Told => {
  const { look, node = "" } = played(build)
  return toldBy(look, question(node))
}
