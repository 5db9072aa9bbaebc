import type { EniId } from "@branchline/core/model/Ids"
import type { Tags } from "@branchline/core/ports/Ec2"
import { Result } from "effect"
import { maxTags, tagInterface } from "../../ec2/Interfaces.js"
import { notFound, type Refusal, rejected, vpcNotFound } from "../../ec2/Refusal.js"
import { type Account, type Action, action, type Asked, type Calling, done } from "../Action.js"
import { existing, existingInterface, requestTags } from "../Asking.js"
import { describing } from "../Describing.js"
import type { Form } from "../Form.js"
import { checkTags, tagsGiven } from "../Tagging.js"

interface Kind {
  readonly type: "network-interface" | "instance" | "subnet" | "security-group" | "vpc"
  readonly exists: (account: Account, id: string) => boolean
  readonly missing: (id: string) => Refusal
}

/** What can have tags, by the prefix of its ids. */
const kinds: Readonly<Record<string, Kind>> = {
  eni: { type: "network-interface", exists: ({ world }, id) => world.interfaces.current.has(id as EniId), missing: (id) => notFound("interface", id) },
  i: { type: "instance", exists: ({ world }, id) => world.instances.current.has(id as never), missing: (id) => notFound("instance", id) },
  subnet: { type: "subnet", exists: ({ world }, id) => world.subnets.has(id), missing: (id) => notFound("subnet", id) },
  sg: { type: "security-group", exists: ({ world }, id) => world.groups.has(id as never), missing: (id) => notFound("security group", id) },
  vpc: { type: "vpc", exists: ({ world }, id) => world.vpcs.has(id), missing: vpcNotFound }
}

const kindOf = (id: string): Kind | undefined => {
  const prefix = /^([a-z]+)-[0-9a-f]{8,17}$/.exec(id)?.[1] ?? ""
  return Object.hasOwn(kinds, prefix) ? kinds[prefix] : undefined
}

const touched = (given: Form, calling: Calling): ReadonlyArray<Asked> =>
  given.list("ResourceId").map((id) => {
    const type = kindOf(id)?.type ?? "network-interface"
    const { arn, context } = type === "network-interface" ? existingInterface(calling, id) : existing(calling, type, id)
    return { arn, context: { ...context, ...requestTags(tagsGiven(given)) } }
  })

const idsAsked = (given: Form): Result.Result<ReadonlyArray<string>, Refusal> => {
  const ids = given.list("ResourceId")
  if (ids.length === 0) return Result.fail(rejected("The request must contain the parameter resourceIdSet", "MissingParameter"))
  const strange = ids.find((id) => kindOf(id) === undefined)
  return strange === undefined ? Result.succeed(ids) : Result.fail(rejected(`The ID '${strange}' is not valid`, "InvalidID"))
}

/** Changes all of them, or none where one is missing. */
const change = (calling: Calling, ids: ReadonlyArray<string>, to: (id: string) => Result.Result<void, Refusal>): Result.Result<void, Refusal> => {
  const absent = ids.find((id) => kindOf(id)?.exists(calling, id) !== true)
  if (absent !== undefined) return Result.fail(kindOf(absent)?.missing(absent) ?? rejected(`The ID '${absent}' is not valid`, "InvalidID"))
  for (const id of ids) {
    const changed = to(id)
    if (Result.isFailure(changed)) return changed
  }
  return Result.void
}

const create = action("CreateTags", {
  takes: ["ResourceId", "Tag"],
  resources: touched,
  read: (given) =>
    Result.all({
      ids: idsAsked(given),
      tags: given.structures("Tag").length === 0
        ? Result.fail(rejected("The request must contain the parameter tagSet", "MissingParameter"))
        : checkTags(tagsGiven(given))
    }),
  effect: ({ ids, tags }, calling, now) =>
    change(calling, ids, (id) => {
      if (calling.world.interfaces.current.has(id as EniId)) return tagInterface(calling.world, id as EniId, tags, now)
      const merged = { ...calling.tags.get(id), ...tags }
      if (Object.keys(merged).length > maxTags) return Result.fail(rejected(`A resource has at most ${maxTags} tags.`, "TagLimitExceeded"))
      calling.tags.set(id, merged)
      return Result.void
    }),
  answer: done
})

/** All tags where none is named; whatever its value where none is given. Source: Amazon EC2 API Reference, DeleteTags. */
const without = (present: Tags, named: ReadonlyArray<{ readonly key: string; readonly value: string | undefined }>): Tags =>
  named.length === 0
    ? {}
    : Object.fromEntries(Object.entries(present).filter(([name, held]) => !named.some(({ key, value }) => key === name && (value === undefined || value === held))))

const remove = action("DeleteTags", {
  takes: ["ResourceId", "Tag"],
  resources: touched,
  read: (given) =>
    Result.map(idsAsked(given), (ids) => ({
      ids,
      named: given.structures("Tag").map((tag) => ({ key: tag.text("Key") ?? "", value: tag.text("Value") }))
    })),
  effect: ({ ids, named }, calling, now) =>
    change(calling, ids, (id) => {
      const face = calling.world.interfaces.current.get(id as EniId)
      if (face !== undefined) calling.world.interfaces.set(face.eniId, { ...face, tags: without(face.tags, named) }, now)
      else calling.tags.set(id, without(calling.tags.get(id) ?? {}, named))
      return Result.void
    }),
  answer: done
})

interface Row {
  readonly id: string
  readonly key: string
  readonly value: string
}

const describe = describing<Row>("DescribeTags", {
  size: { least: 5, most: 1_000 },
  rows: ({ calling, time }) => {
    const faces = calling.world.interfaces.allAt(time).map(({ eniId, tags }) => [eniId as string, tags] as const)
    return [...faces, ...calling.tags].flatMap(([id, tags]) => Object.entries(tags).map(([key, value]): Row => ({ id, key, value })))
  },
  filters: () => ({
    "resource-id": ({ id }) => [id],
    "resource-type": ({ id }) => [kindOf(id)?.type ?? ""],
    "key": ({ key }) => [key],
    "value": ({ value }) => [value]
  }),
  tags: ({ key, value }) => ({ [key]: value }),
  set: "tagSet",
  show: (rows) => rows.map(({ id, key, value }) => ({ resourceId: id, resourceType: kindOf(id)?.type ?? "", key, value }))
})

export const tagActions: ReadonlyArray<Action> = [create, remove, describe]
