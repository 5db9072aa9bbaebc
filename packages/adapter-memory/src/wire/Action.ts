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
  readonly arn: string
  readonly context: Readonly<Record<string, ReadonlyArray<string>>>
}

/** What a call works on. */
export interface Calling {
  readonly world: World
  readonly endpoint: Endpoint
  readonly pages: Pages
  readonly region: string
  /** Tags of what is no interface, by id. */
  readonly tags: Map<string, Record<string, string>>
}

/** An action of EC2's API. */
export interface Action {
  readonly name: string
  /** What it touches; asked before it runs. */
  readonly resources: (given: Form, calling: Calling) => ReadonlyArray<Asked>
  /** Runs it and answers what the response holds beside its request id. */
  readonly run: (given: Form, calling: Calling) => Effect.Effect<Fields, Ec2Error>
}

/** An action that is one call at the endpoint: the parameters are read first, and what is wrong with them is refused like anything else. */
export const action = <A, B>(
  name: string,
  parts: {
    readonly resources?: Action["resources"] | undefined
    readonly read: (given: Form) => Result.Result<A, Refusal>
    readonly effect: (read: A, calling: Calling, now: number) => Result.Result<B, Refusal>
    readonly summary?: (answer: B) => string
    readonly answer: (answer: B, calling: Calling, read: A) => Fields
  }
): Action => ({
  name,
  resources: parts.resources ?? (() => [{ arn: "*", context: {} }]),
  run: (given, calling) => {
    const read = parts.read(given)
    return Effect.map(
      calling.endpoint.call({
        action: name,
        parameters: given.entries,
        effect: (now) =>
          Result.flatMap(read, (parameters) => Result.map(parts.effect(parameters, calling, now), (answer) => ({ answer, parameters }))),
        summary: ({ answer }) => parts.summary?.(answer) ?? ""
      }),
      ({ answer, parameters }) => parts.answer(answer, calling, parameters)
    )
  }
})

/** The text of a parameter that has to be there. */
export const required = (given: Form, name: string): Result.Result<string, Refusal> => {
  const text = given.text(name)
  return text === undefined || text === ""
    ? Result.fail(rejected(`The request must contain the parameter ${name}`, "MissingParameter"))
    : Result.succeed(text)
}

/** A whole number that may be left out. */
export const whole = (given: Form, name: string): Result.Result<number | undefined, Refusal> => {
  const text = given.text(name)
  if (text === undefined) return Result.succeed(undefined)
  return /^-?\d{1,9}$/.test(text)
    ? Result.succeed(Number(text))
    : Result.fail(rejected(`Invalid value '${text}' for ${name}. It must be a number.`, "InvalidParameterValue"))
}

const kinds = {
  eni: "InvalidNetworkInterfaceID",
  i: "InvalidInstanceID",
  subnet: "InvalidSubnetID",
  sg: "InvalidGroupId",
  "trunk-assoc": "InvalidAssociationID",
  "eni-attach": "InvalidAttachmentID",
  vpc: "InvalidVpcID"
} as const

/** An id of the right form: its prefix, and 8 or 17 hexadecimal digits. Source: Amazon EC2 User Guide, "Resource IDs". */
export const idOf = <Id extends string>(prefix: keyof typeof kinds, text: string): Result.Result<Id, Refusal> =>
  new RegExp(`^${prefix}-(?:[0-9a-f]{8}|[0-9a-f]{17})$`).test(text)
    ? Result.succeed(text as Id)
    : Result.fail(rejected(`Invalid id: "${text}" (expecting "${prefix}-...")`, `${kinds[prefix]}.Malformed`))

/** A parameter that is an id and has to be there. */
export const requiredId = <Id extends string>(given: Form, name: string, prefix: keyof typeof kinds): Result.Result<Id, Refusal> =>
  Result.flatMap(required(given, name), (text) => idOf<Id>(prefix, text))

/** A list of ids. */
export const ids = <Id extends string>(given: Form, name: string, prefix: keyof typeof kinds): Result.Result<ReadonlyArray<Id>, Refusal> =>
  Result.all(given.list(name).map((text) => idOf<Id>(prefix, text)))

/** Whether a parameter says yes. */
export const isTrue = (given: Form, name: string): boolean => given.text(name)?.toLowerCase() === "true"
