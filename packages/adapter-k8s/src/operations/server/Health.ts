import { Cause, Effect } from "effect"
import { type Page, text } from "./Page.js"

/** One thing that has to be well. */
export interface Check {
  readonly name: string
  /** Undefined where all is well, else what is wrong, as one sentence. Asked at every probe, so it is to be quick. */
  readonly verify: Effect.Effect<string | undefined>
}

/** A check that is well once something has come true. */
export const whether = (name: string, holds: Effect.Effect<boolean>, otherwise: string): Check => ({
  name,
  verify: Effect.map(holds, (well) => (well ? undefined : otherwise))
})

/** A probe's own time is short: kubelet asks for a second by default (Kubernetes, "Configure Liveness, Readiness and Startup Probes"). */
const patience = "800 millis"

const ask = ({ verify }: Check): Effect.Effect<string | undefined> =>
  verify.pipe(
    Effect.timeoutOrElse({ duration: patience, orElse: () => Effect.succeed(`it did not answer within ${patience}`) }),
    Effect.catchCause((cause) => Effect.succeed(`it failed: ${Cause.pretty(cause).split("\n")[0]}`))
  )

/** Asks every check: 200 where all are well, else 503; each check's line says how it is, in the form that Kubernetes' own components have. */
export const health = (checks: ReadonlyArray<Check>, passed: string, failed: string): Effect.Effect<Page> =>
  Effect.map(Effect.forEach(checks, ask, { concurrency: "unbounded" }), (answers) => {
    const lines = checks.map(({ name }, index) => (answers[index] === undefined ? `[+] ${name}: ok` : `[-] ${name}: ${answers[index]}`))
    const well = answers.every((answer) => answer === undefined)
    return text(well ? 200 : 503, [...lines, well ? passed : failed].join("\n"))
  })
