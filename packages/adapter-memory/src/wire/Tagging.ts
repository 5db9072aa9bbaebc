import type { Tags } from "@branchline/core/ports/Ec2"
import { Result } from "effect"
import { maxTags } from "../ec2/Interfaces.js"
import { type Refusal, rejected } from "../ec2/Refusal.js"
import type { Form } from "./Form.js"

/** Source: Amazon EC2 User Guide, "Tag restrictions". */
const longest = { key: 128, value: 256 } as const

/** The tags of a call, as they stand there. */
export const tagsGiven = (given: Form): Readonly<Record<string, string>> =>
  Object.fromEntries(given.structures("Tag").map((tag) => [tag.text("Key") ?? "", tag.text("Value") ?? ""]))

/** The tags that a create brings, as they stand there. */
export const tagsSpecified = (given: Form): Readonly<Record<string, string>> =>
  Object.assign({}, ...given.structures("TagSpecification").map(tagsGiven))

const problemOf = ([key, value]: readonly [string, string]): Refusal | undefined => {
  if (key === "") return rejected("Tag keys cannot be empty", "InvalidTagKey.Malformed")
  if (key.startsWith("aws:")) return rejected(`Tag keys starting with 'aws:' are reserved for internal use: ${key}`, "InvalidTagKey.Malformed")
  if (key.length > longest.key) return rejected(`Tag key exceeds the maximum length of ${longest.key} characters`)
  return value.length > longest.value ? rejected(`Tag value exceeds the maximum length of ${longest.value} characters`) : undefined
}

/** Tags that EC2 takes. */
export const checkTags = (tags: Tags): Result.Result<Tags, Refusal> => {
  const entries = Object.entries(tags)
  const problem = entries.map(problemOf).find((one) => one !== undefined)
  if (problem !== undefined) return Result.fail(problem)
  return entries.length > maxTags
    ? Result.fail(rejected(`The maximum number of Tags for a resource has been reached: ${maxTags}.`, "TagLimitExceeded"))
    : Result.succeed(tags)
}

/** The tags of a create of a thing of this type; the specification names the type, and brings one tag at least. */
export const tagsFor = (given: Form, type: string): Result.Result<Tags, Refusal> => {
  for (const specification of given.structures("TagSpecification")) {
    const named = specification.text("ResourceType")
    if (named === undefined) return Result.fail(rejected("Tag specification resource type must have a value"))
    if (named !== type) return Result.fail(rejected(`'${named}' is not a valid taggable resource type for this operation.`))
    if (specification.structures("Tag").length === 0) return Result.fail(rejected("Tag specification must have at least one tag"))
  }
  return checkTags(tagsSpecified(given))
}
