import type { Ec2Error } from "@branchline/core/ports/Ec2Error"
import { Effect, Result } from "effect"
import type { Endpoint } from "../ec2/Endpoint.js"
import { type Refusal, rejected } from "../ec2/Refusal.js"
import type { World } from "../ec2/World.js"
import type { Fields } from "./Document.js"
import type { Form } from "./Form.js"
import type { Pages } from "./Pages.js"

/** One thing that a call touches, as IAM is asked about it: its ARN, and the condition keys that go with it. */
export interface Asked {
  /** Where another permission than the call's own is asked for: tags that come with a create need `ec2:CreateTags`. */
  readonly action?: string | undefined
  readonly arn: string
  readonly context: Readonly<Record<string, ReadonlyArray<string>>>
}

/** What calls work on. */
export interface Account {
  readonly world: World
  readonly endpoint: Endpoint
  readonly pages: Pages
  readonly region: string
  /** Tags of what is no interface, by id. */
  readonly tags: Map<string, Readonly<Record<string, string>>>
}

/** One call. */
export interface Calling extends Account {
  readonly requestId: string
  /** Why a call of the right form may not take effect: it is not allowed, or a dry run. */
  readonly barred: () => Refusal | undefined
}

/** An action of EC2's API. */
export interface Action {
  readonly name: string
  /** Its parameters, by their first part: `Filter` for `Filter.1.Name`. */
  readonly takes: ReadonlyArray<string>
  /** Parameters that clients send and that make no difference here. */
  readonly ignores: ReadonlyArray<string>
  /** What it touches, as IAM is asked. */
  readonly resources: (given: Form, calling: Calling) => ReadonlyArray<Asked>
  /** Runs it and answers what the response holds beside its request id. */
  readonly run: (given: Form, calling: Calling) => Effect.Effect<Fields, Ec2Error>
}

/** What an action is made of. */
export interface Parts<A, B> {
  readonly takes: ReadonlyArray<string>
  readonly ignores?: ReadonlyArray<string> | undefined
  readonly resources?: Action["resources"] | undefined
  readonly read: (given: Form) => Result.Result<A, Refusal>
  readonly effect: (read: A, calling: Calling, now: number) => Result.Result<B, Refusal>
  readonly summary?: (answer: B) => string
  readonly answer: (answer: B, calling: Calling, read: A) => Fields
}

/** The first parameter that the action does not know. */
const strange = (given: Form, { ignores, name, takes }: Pick<Action, "name" | "takes" | "ignores">): Refusal | undefined => {
  const known = new Set([...takes, ...ignores, "DryRun"])
  const unknown = Object.keys(given.entries).find((key) => !known.has(key.split(".", 1)[0] ?? ""))
  return unknown === undefined
    ? undefined
    : rejected(`The parameter ${unknown} is not recognized. ${name} takes: ${[...takes, "DryRun"].join(", ")}.`, "UnknownParameter")
}

/** An action that is one call at the endpoint: what is wrong with its parameters is refused there like anything else, then it is asked whether it may be. */
export const action = <A, B>(name: string, parts: Parts<A, B>): Action => {
  const { answer, effect, ignores = [], read, resources = () => [{ arn: "*", context: {} }], summary = () => "", takes } = parts
  return {
    name,
    takes,
    ignores,
    resources,
    run: (given, calling) => {
      const problem = strange(given, { name, takes, ignores })
      const parameters = problem === undefined ? read(given) : Result.fail(problem)
      return Effect.map(
        calling.endpoint.call({
          action: name,
          parameters: given.entries,
          requestId: calling.requestId,
          effect: (now) =>
            Result.flatMap(parameters, (read) => {
              const barred = calling.barred()
              return barred === undefined ? Result.map(effect(read, calling, now), (done) => ({ done, read })) : Result.fail(barred)
            }),
          summary: ({ done }) => summary(done)
        }),
        ({ done, read }) => answer(done, calling, read)
      )
    }
  }
}

/** What an action answers that only says that it is done. */
export const done = (): Fields => ({ return: true })
