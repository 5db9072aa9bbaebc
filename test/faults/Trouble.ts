import type { MemoryEc2 } from "@branchline/adapter-memory/ec2/MemoryEc2"
import type { EniId } from "@branchline/core/model/Ids"
import type { Ec2, NewInterface } from "@branchline/core/ports/Ec2"
import { ec2Actions } from "@branchline/core/ports/Ec2Actions"
import { Ec2Error, type Ec2Reason } from "@branchline/core/ports/Ec2Error"
import { Clock, type Duration, Effect } from "effect"

export type Operation = keyof Ec2["Service"]

/** What a call comes to in trouble. */
export type Answer =
  /** EC2 refuses, and has done nothing. */
  | { readonly _tag: "refused"; readonly reason: Ec2Reason; readonly code: string; readonly mend?: string }
  /** Nobody hears what became of it: it never arrived, or it was done. */
  | { readonly _tag: "lost"; readonly done: boolean; readonly code: string; readonly wait: Duration.Input }
  /** A describe that shows nothing. */
  | { readonly _tag: "empty" }
  /** Somebody has deleted the interface that the call names, just before. */
  | { readonly _tag: "deleted" }

/** What the call names. */
export interface Subject {
  readonly id: string
  /** Of a create. */
  readonly subnetId?: string
}

/** How long it lasts: so many calls, or so many milliseconds from the first. */
export type Term = { readonly calls: number } | { readonly millis: number }

/** Trouble with one operation. Times are milliseconds since the epoch; undefined before the first call. */
export interface Trouble {
  struck: number
  firstAt: number | undefined
  /** When the first that it struck heard of it: sooner nobody can be told. */
  heardAt: number | undefined
  /** From when on calls succeed again; undefined while it lasts. */
  overAt: number | undefined
}

interface Rule extends Trouble {
  readonly operation: Operation
  readonly term: Term
  readonly answer: (struck: number, subject: Subject) => Answer
}

/** A port whose calls can be in trouble, one rule at a time for each operation. */
export interface TroubledEc2 {
  readonly ec2: Ec2["Service"]
  readonly begin: (operation: Operation, term: Term, answer: Rule["answer"]) => Trouble
}

/** Whether the rule strikes at this moment; notes when it began and when it is over. */
const strikes = (rule: Rule, now: number): boolean => {
  if ("calls" in rule.term) return rule.struck < rule.term.calls
  rule.firstAt ??= now
  return now < rule.firstAt + rule.term.millis
}

const refusal = (operation: Operation, { code, mend, reason }: Extract<Answer, { readonly _tag: "refused" }>, struck: number): Ec2Error =>
  new Ec2Error({
    action: ec2Actions[operation],
    code,
    reason,
    // EC2 encodes why it refuses, anew each time. Source: Amazon EC2 API Reference, "Error codes", UnauthorizedOperation.
    message: code === "UnauthorizedOperation"
      ? `You are not authorized to perform this operation. Encoded authorization failure message: ${"x".repeat(40)}${struck}`
      : `${code} of ${ec2Actions[operation]}`,
    mend,
    requestId: `request-${struck}`
  })

const lostAnswer = (operation: Operation, code: string): Ec2Error =>
  new Ec2Error({ action: ec2Actions[operation], code, reason: { _tag: "UnknownOutcome" }, message: "nobody knows what became of the call" })

export const make = (ec2: Ec2["Service"], { control }: MemoryEc2["Service"]): TroubledEc2 => {
  const rules = new Map<Operation, Rule>()

  /** By the interface's id, or that of its association. */
  const deleteByHand = (id: string) =>
    Effect.flatMap(control.snapshot, ({ associations }) =>
      Effect.orDie(control.deleteInterfaceByHand(associations.find(({ associationId }) => associationId === id)?.branchId ?? id as EniId)))

  const inTrouble = Effect.fnUntraced(function*<A>(
    operation: Operation,
    subject: Subject,
    call: Effect.Effect<A, Ec2Error>,
    nothing: A | undefined
  ): Effect.fn.Return<A, Ec2Error> {
    const rule = rules.get(operation)
    const now = yield* Clock.currentTimeMillis
    if (rule === undefined || !strikes(rule, now)) {
      if (rule !== undefined && rule.struck > 0) rule.overAt ??= now
      return yield* call
    }
    rule.struck++
    rule.firstAt ??= now
    const { struck } = rule
    const heard = Effect.map(Clock.currentTimeMillis, (at) => {
      rule.heardAt ??= at
      if ("calls" in rule.term && struck === rule.term.calls) rule.overAt = at
      if ("millis" in rule.term) rule.overAt = rule.firstAt! + rule.term.millis
    })
    const answer = rule.answer(struck, subject)
    switch (answer._tag) {
      case "refused":
        yield* Effect.sleep("30 millis")
        yield* heard
        return yield* refusal(operation, answer, struck)
      case "lost":
        if (answer.done) yield* call
        yield* Effect.sleep(answer.wait)
        yield* heard
        return yield* lostAnswer(operation, answer.code)
      case "empty":
        yield* Effect.sleep("30 millis")
        yield* heard
        return nothing ?? (yield* call)
      case "deleted":
        yield* deleteByHand(subject.id)
        return yield* Effect.ensuring(call, heard)
    }
  })

  const change = <A>(operation: Operation, id: string, call: Effect.Effect<A, Ec2Error>) => inTrouble(operation, { id }, call, undefined)
  const create = <A>(operation: Operation, { groups, subnetId }: NewInterface, call: Effect.Effect<A, Ec2Error>) =>
    inTrouble(operation, { id: groups[0] ?? "", subnetId }, call, undefined)
  return {
    begin: (operation, term, answer) => {
      const rule: Rule = { operation, term, answer, struck: 0, firstAt: undefined, heardAt: undefined, overAt: undefined }
      rules.set(operation, rule)
      return rule
    },
    ec2: {
      describeInstances: (ids) => inTrouble("describeInstances", { id: "" }, ec2.describeInstances(ids), []),
      describeSubnets: (ids) => inTrouble("describeSubnets", { id: ids[0] ?? "" }, ec2.describeSubnets(ids), []),
      describeInterfaces: (filter) => inTrouble("describeInterfaces", { id: "" }, ec2.describeInterfaces(filter), []),
      createTrunk: (trunk) => create("createTrunk", trunk, ec2.createTrunk(trunk)),
      createBranch: (branch) => create("createBranch", branch, ec2.createBranch(branch)),
      permitAttachment: (eniId) => change("permitAttachment", eniId, ec2.permitAttachment(eniId)),
      attachTrunk: (trunk) => change("attachTrunk", trunk.trunkId, ec2.attachTrunk(trunk)),
      deleteOnTermination: (eniId, attachmentId) => change("deleteOnTermination", eniId, ec2.deleteOnTermination(eniId, attachmentId)),
      associateBranch: (association) => change("associateBranch", association.branchId, ec2.associateBranch(association)),
      disassociateBranch: (association) => change("disassociateBranch", association.associationId, ec2.disassociateBranch(association)),
      deleteInterface: (eniId) => change("deleteInterface", eniId, ec2.deleteInterface(eniId)),
      setGroups: (eniId, groups) => change("setGroups", eniId, ec2.setGroups(eniId, groups)),
      tagInterface: (eniId, tags) => change("tagInterface", eniId, ec2.tagInterface(eniId, tags))
    }
  }
}
