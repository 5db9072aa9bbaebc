import { Result } from "effect"
import type { LabelSelector } from "@branchline/core/model/LabelSelector"
import { compile, type Labels, matches } from "@branchline/core/selection/LabelSelector"
import { type Document, labelsOf } from "../Document.js"
import { namespaces, qualifiedName } from "../Kinds.js"
import { internal, notFound, type Rejection } from "../Rejection.js"
import type { Webhook, WebhookRule } from "../Webhook.js"
import type { Attributes } from "./Attributes.js"

const has = (list: ReadonlyArray<string>, value: string): boolean => list.includes("*") || list.includes(value)

/** A rule without a slash means the resource without its subresources. */
const hasResource = (list: ReadonlyArray<string>, plural: string, subresource: string): boolean =>
  list.some((one) => {
    const [resource, sub = ""] = one.split("/", 2)
    return (resource === "*" || resource === plural) && (sub === "*" || sub === subresource)
  })

const ruleMatches = (rule: WebhookRule, request: Attributes): boolean =>
  has(rule.operations, request.operation) && has(rule.apiGroups, request.kind.group) && has(rule.apiVersions, request.kind.version) &&
  hasResource(rule.resources, request.kind.plural, request.subresource)

/** Whether a webhook's selector holds for one of these sets of labels; an absent one is an empty one, which holds for everything. */
const selects = (selector: LabelSelector | undefined, labels: ReadonlyArray<Labels>, path: string): Result.Result<boolean, Rejection> =>
  Result.match(compile(selector ?? {}, path), {
    onFailure: (problems) => Result.fail(internal(problems.map((problem) => `${problem.path}: ${problem.code}`).join(", "))),
    onSuccess: (compiled) => Result.succeed(labels.some((one) => matches(compiled, one)))
  })

const isNamespace = (request: Attributes): boolean => qualifiedName(request.kind) === qualifiedName(namespaces)

/** Looks up a stored namespace. */
export type NamespaceOf = (name: string) => Document | undefined

const namespaceSelects = (webhook: Webhook, request: Attributes, object: Document | undefined, namespaceOf: NamespaceOf) => {
  if (webhook.namespaceSelector === undefined || (request.namespace === "" && !isNamespace(request))) return Result.succeed(true)
  const namespace = isNamespace(request) ? object ?? request.oldObject : namespaceOf(request.namespace)
  return namespace === undefined
    ? Result.fail(notFound(namespaces, request.namespace))
    : selects(webhook.namespaceSelector, [labelsOf(namespace)], "namespaceSelector")
}

/** Whether a webhook may be called for a request, whatever the objects are. */
export const isOfItsKind = (webhook: Webhook, request: Attributes): boolean => webhook.rules.some((rule) => ruleMatches(rule, request))

/**
 * Whether a webhook is to be called for a request.
 *
 * Source: apiserver, `pkg/admission/plugin/webhook/predicates`.
 */
export const isFor = (
  webhook: Webhook,
  request: Attributes,
  object: Document | undefined,
  namespaceOf: NamespaceOf
): Result.Result<boolean, Rejection> => {
  if (!isOfItsKind(webhook, request)) return Result.succeed(false)
  const labels = [object, request.oldObject].flatMap((document) => document === undefined ? [] : [labelsOf(document)])
  return Result.flatMap(namespaceSelects(webhook, request, object, namespaceOf), (selected) =>
    selected ? selects(webhook.objectSelector, labels, "objectSelector") : Result.succeed(false))
}
