import { Result } from "effect"
import { type Refusal, rejected } from "../ec2/Refusal.js"
import type { Form } from "./Form.js"

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
    : Result.fail(rejected(`Invalid value '${text}' for ${name}. It must be a whole number.`))
}

/** Yes or no; no where it is left out. */
export const flag = (given: Form, name: string): Result.Result<boolean, Refusal> => {
  const text = given.text(name)?.toLowerCase()
  return text === undefined || text === "true" || text === "false"
    ? Result.succeed(text === "true")
    : Result.fail(rejected(`Invalid value '${text}' for ${name}. It must be true or false.`))
}

/** One of the values that there are; the first where it is left out. */
export const oneOf = <const Value extends string>(given: Form, name: string, values: readonly [Value, ...ReadonlyArray<Value>]): Result.Result<Value, Refusal> => {
  const text = given.text(name) ?? values[0]
  const known = values.find((value) => value === text)
  return known === undefined
    ? Result.fail(rejected(`Value (${text}) for parameter ${name} is invalid. Expecting ${values.join(", ")}.`))
    : Result.succeed(known)
}

/** The codes of malformed ids, by prefix; their spelling is EC2's. Source: Amazon EC2 API Reference, "Error codes". */
const malformed = {
  "eni": "InvalidNetworkInterfaceId.Malformed",
  "eni-attach": "InvalidNetworkInterfaceAttachmentId.Malformed",
  "eni-perm": "InvalidPermissionID.Malformed",
  "trunk-assoc": "InvalidAssociationID.Malformed",
  "i": "InvalidInstanceID.Malformed",
  "subnet": "InvalidSubnetID.Malformed",
  "sg": "InvalidGroupId.Malformed",
  "vpc": "InvalidVpcID.Malformed"
} as const

export type Prefix = keyof typeof malformed

/** An id of the right form: its prefix, and 8 or 17 hexadecimal digits. Source: Amazon EC2 User Guide, "Resource IDs". */
export const idOf = <Id extends string>(prefix: Prefix, text: string): Result.Result<Id, Refusal> =>
  new RegExp(`^${prefix}-(?:[0-9a-f]{8}|[0-9a-f]{17})$`).test(text)
    ? Result.succeed(text as Id)
    : Result.fail(rejected(`Invalid id: "${text}" (expecting "${prefix}-...")`, malformed[prefix]))

/** A parameter that is an id and has to be there. */
export const requiredId = <Id extends string>(given: Form, name: string, prefix: Prefix): Result.Result<Id, Refusal> =>
  Result.flatMap(required(given, name), (text) => idOf<Id>(prefix, text))

/** A list of ids. */
export const ids = <Id extends string>(given: Form, name: string, prefix: Prefix): Result.Result<ReadonlyArray<Id>, Refusal> =>
  Result.all(given.list(name).map((text) => idOf<Id>(prefix, text)))

/** A list of ids that has one at least. */
export const requiredIds = <Id extends string>(given: Form, name: string, prefix: Prefix): Result.Result<ReadonlyArray<Id>, Refusal> =>
  given.list(name).length === 0
    ? Result.fail(rejected(`The request must contain the parameter ${name}`, "MissingParameter"))
    : ids(given, name, prefix)
