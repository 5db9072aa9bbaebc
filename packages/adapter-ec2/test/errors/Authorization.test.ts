import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { makeExplainer, mendOf, readable, refusedBy, refusedIn } from "../../src/errors/Authorization.js"

const words = "You are not authorized to perform this operation."
const named = `${words} User: arn:aws:iam::111122223333:user/x is not authorized to perform: ec2:CreateTags on resource: arn:aws:ec2:eu-west-1:111122223333:network-interface/* because no identity-based policy allows the ec2:CreateTags action.`
const message = `${words} Encoded authorization failure message: 4fQ_abc-123`

const decoded = JSON.stringify({
  allowed: false,
  explicitDeny: true,
  matchedStatements: { items: [] },
  context: { principal: { id: "AIDA", arn: "arn:aws:iam::111122223333:user/x" }, action: "ec2:CreateTags", resource: "arn:aws:ec2:eu-west-1:111122223333:network-interface/*", conditions: { items: [] } }
})

describe("what is missing", () => {
  it("is the action that EC2's words name, else the call's", () => {
    expect(refusedBy(named, "CreateNetworkInterface").action).toBe("ec2:CreateTags")
    expect(refusedBy(words, "CreateNetworkInterface").action).toBe("ec2:CreateNetworkInterface")
  })

  it("is mended by allowing it, or by lifting a deny", () => {
    expect(mendOf(refusedBy(named, "CreateNetworkInterface"))).toBe("allow ec2:CreateTags in the role's policy (deploy/iam)")
    const denied = `${named.replace(/because .*/, "")}with an explicit deny in a service control policy`
    expect(mendOf(refusedBy(denied, "CreateNetworkInterface"))).toMatch(/^lift the explicit deny of ec2:CreateTags: /)
  })

  it("is told without the part that nobody can read", () => {
    expect(readable(message)).toBe(words)
  })

  it("is told by a decoded message: who, which action, on which resource, denied or not", () => {
    expect(refusedIn(decoded)).toEqual({
      action: "ec2:CreateTags",
      isExplicit: true,
      essence: "arn:aws:iam::111122223333:user/x is denied ec2:CreateTags on arn:aws:ec2:eu-west-1:111122223333:network-interface/*"
    })
    expect(refusedIn("{}")).toBeUndefined()
    expect(refusedIn("no JSON")).toBeUndefined()
  })
})

describe("decoding", () => {
  const counted = (answer: Effect.Effect<string, unknown>) => {
    const asked: Array<string> = []
    const explain = makeExplainer((encoded) => Effect.suspend(() => {
      asked.push(encoded)
      return answer
    }))
    return { asked, explain }
  }

  it.effect("is asked for with the encoded part, once a minute for each action", () =>
    Effect.gen(function*() {
      const { asked, explain } = counted(Effect.succeed(decoded))
      expect((yield* explain("CreateNetworkInterface", message)).action).toBe("ec2:CreateTags")
      expect((yield* explain("CreateNetworkInterface", message)).essence).toContain("is denied ec2:CreateTags")
      yield* explain("DeleteNetworkInterface", message)
      expect(asked).toEqual(["4fQ_abc-123", "4fQ_abc-123"])
      yield* TestClock.adjust("61 seconds")
      yield* explain("CreateNetworkInterface", message)
      expect(asked).toHaveLength(3)
    }))

  it.effect("that is refused is silent, and not asked for again for ten minutes", () =>
    Effect.gen(function*() {
      const { asked, explain } = counted(Effect.fail("AccessDenied"))
      expect(yield* explain("CreateNetworkInterface", message)).toEqual({ action: "ec2:CreateNetworkInterface", isExplicit: false, essence: undefined })
      yield* explain("DeleteNetworkInterface", message)
      yield* TestClock.adjust("9 minutes")
      yield* explain("DeleteNetworkInterface", message)
      expect(asked).toHaveLength(1)
      yield* TestClock.adjust("2 minutes")
      yield* explain("DeleteNetworkInterface", message)
      expect(asked).toHaveLength(2)
    }))

  it.effect("that takes longer than three seconds is given up", () =>
    Effect.gen(function*() {
      const { explain } = counted(Effect.never)
      const fiber = yield* Effect.forkChild(explain("CreateNetworkInterface", message))
      yield* TestClock.adjust("3 seconds")
      expect((yield* Fiber.join(fiber)).essence).toBeUndefined()
    }))

  it.effect("is not asked for where there is nothing encoded", () =>
    Effect.gen(function*() {
      const { asked, explain } = counted(Effect.succeed(decoded))
      yield* explain("CreateNetworkInterface", named)
      expect(asked).toEqual([])
    }))
})
