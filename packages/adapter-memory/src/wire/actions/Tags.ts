import type { EniId } from "@branchline/core/model/Ids"
import { Result } from "effect"
import { tagInterface } from "../../ec2/Interfaces.js"
import { notFound, type Refusal, rejected } from "../../ec2/Refusal.js"
import { type Action, action, type Asked, type Calling, whole } from "../Action.js"
import { existing, existingInterface, requestTags } from "../Asking.js"
import { filtered, readFilters } from "../Filters.js"
import type { Form } from "../Form.js"

const types = { eni: "network-interface", i: "instance", subnet: "subnet", sg: "security-group", vpc: "vpc" } as const

const typeOf = (id: string): (typeof types)[keyof typeof types] | undefined => {
  const [prefix = ""] = id.split("-")
  return Object.hasOwn(types, prefix) ? types[prefix as keyof typeof types] : undefined
}

const tagsGiven = (given: Form): Record<string, string> =>
  Object.fromEntries(given.structures("Tag").map((tag) => [tag.text("Key") ?? "", tag.text("Value") ?? ""]))

const touched = (given: Form, calling: Calling): ReadonlyArray<Asked> =>
  given.list("ResourceId").map((id) => {
    const type = typeOf(id)
    const asked = type === undefined || type === "network-interface" ? existingInterface(calling, id) : existing(calling, type, id)
    return { ...asked, context: { ...asked.context, ...requestTags(tagsGiven(given)) } }
  })

const exists = ({ tags, world }: Calling, id: string): boolean =>
  world.interfaces.current.has(id as EniId) || world.instances.current.has(id as never) || world.subnets.has(id) || world.groups.has(id as never) ||
  world.vpcs.has(id) || tags.has(id)

const asked = (given: Form): Result.Result<{ readonly ids: ReadonlyArray<string>; readonly tags: Record<string, string> }, Refusal> => {
  const ids = given.list("ResourceId")
  if (ids.length === 0) return Result.fail(rejected("The request must contain the parameter resourceIdSet", "MissingParameter"))
  const strange = ids.find((id) => typeOf(id) === undefined)
  if (strange !== undefined) return Result.fail(rejected(`The ID '${strange}' is not valid`, "InvalidID"))
  return Result.succeed({ ids, tags: tagsGiven(given) })
}

const change = (calling: Calling, ids: ReadonlyArray<string>, to: (id: string) => Result.Result<void, Refusal>): Result.Result<void, Refusal> => {
  const absent = ids.find((id) => !exists(calling, id))
  if (absent !== undefined) {
    return Result.fail(typeOf(absent) === "network-interface" ? notFound("interface", absent) : rejected(`The ID '${absent}' does not exist`, "InvalidID"))
  }
  for (const id of ids) {
    const changed = to(id)
    if (Result.isFailure(changed)) return changed
  }
  return Result.void
}

const create = action("CreateTags", {
  resources: touched,
  read: asked,
  effect: ({ ids, tags }, calling, now) =>
    change(calling, ids, (id) => {
      if (typeOf(id) === "network-interface") return tagInterface(calling.world, id as EniId, tags, now)
      calling.tags.set(id, { ...calling.tags.get(id), ...tags })
      return Result.void
    }),
  answer: () => ({ return: true })
})

const remove = action("DeleteTags", {
  resources: touched,
  read: (given) =>
    Result.map(asked(given), ({ ids }) => ({ ids, tags: given.structures("Tag").map((tag) => ({ key: tag.text("Key") ?? "", value: tag.text("Value") })) })),
  effect: ({ ids, tags }, calling, now) => {
    const without = (present: Readonly<Record<string, string>>): Record<string, string> =>
      Object.fromEntries(Object.entries(present).filter(([name, held]) => tags.length > 0 && !tags.some(({ key, value }) => key === name && (value === undefined || value === held))))
    return change(calling, ids, (id) => {
      const face = calling.world.interfaces.current.get(id as EniId)
      if (face !== undefined) calling.world.interfaces.set(face.eniId, { ...face, tags: without(face.tags) }, now)
      else calling.tags.set(id, without(calling.tags.get(id) ?? {}))
      return Result.void
    })
  },
  answer: () => ({ return: true })
})

interface Row {
  readonly id: string
  readonly type: string
  readonly key: string
  readonly value: string
}

const describe = action("DescribeTags", {
  read: (given) =>
    Result.all({ filters: readFilters(given), size: Result.map(whole(given, "MaxResults"), (size = 1_000) => size), token: Result.succeed(given.text("NextToken")) }),
  effect: ({ filters, size, token }, calling, now) =>
    calling.pages.page({ size, token }, () => {
      const faces = calling.world.interfaces.allAt(calling.endpoint.lookBack(now)).map(({ eniId, tags }) => [eniId, tags] as const)
      const rows = [...faces, ...calling.tags].flatMap(([id, tags]) =>
        Object.entries(tags).map(([key, value]): Row => ({ id, type: typeOf(id) ?? "", key, value })))
      return filtered(rows, filters, {
        "resource-id": ({ id }) => [id],
        "resource-type": ({ type }) => [type],
        "key": ({ key }) => [key],
        "value": ({ value }) => [value]
      }, ({ key, value }) => ({ [key]: value }))
    }),
  summary: ({ rows }) => `${rows.length} tags`,
  answer: ({ next, rows }) => ({ tagSet: rows.map(({ id, key, type, value }) => ({ resourceId: id, resourceType: type, key, value })), nextToken: next })
})

export const tagActions: ReadonlyArray<Action> = [create, remove, describe]
