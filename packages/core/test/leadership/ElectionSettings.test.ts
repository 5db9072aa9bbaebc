import { assert, describe, it } from "@effect/vitest"
import { Effect, Random, Result } from "effect"
import { check, type ElectionOptions, uniqueIdentity } from "../../src/leadership/ElectionSettings.js"

const identity = "replica-1"

describe("an election's settings", () => {
  it("are those of the controller's Lease where nothing else is said (contract §2)", () => {
    assert.deepStrictEqual(Result.getOrThrow(check({ identity })), {
      identity,
      lease: { namespace: "kube-system", name: "cp-vpc-resource-controller" },
      leaseDuration: 30_000,
      renewDeadline: 15_000,
      retryPeriod: 5_000,
      releaseWithin: 2_000,
      answerWithin: 5_000
    })
  })

  it.each([
    [{ identity: "" }, /identity.*each replica one of its own/],
    [{ identity, leaseDuration: "1500 millis", renewDeadline: "1 second", retryPeriod: "100 millis" }, /lease duration is 1500 ms.*whole seconds/],
    [{ identity, leaseDuration: 0 }, /lease duration is 0 ms/],
    [{ identity, leaseDuration: "15 seconds" }, /renew deadline \(15000 ms\) must be less than the lease duration \(15000 ms\)/],
    [{ identity, retryPeriod: "12.5 seconds" }, /retry period \(12500 ms\).*divided by 1.2/],
    [{ identity, retryPeriod: 0 }, /retry period \(0 ms\) must be more than 0/]
  ] satisfies ReadonlyArray<readonly [ElectionOptions, RegExp]>)("that contradict one another are refused by name: %j", (options, message) => {
    const refused = check(options)
    assert.isTrue(Result.isFailure(refused))
    if (Result.isFailure(refused)) assert.match(refused.failure.message, message)
  })

  it.effect("give no two processes of a host one identity", () =>
    Effect.gen(function*() {
      const drawn = yield* Effect.all(Array.from({ length: 100 }, () => uniqueIdentity("host")))
      assert.strictEqual(new Set(drawn).size, 100)
      for (const one of drawn) assert.match(one, /^host_[0-9a-f]{16}$/)
    }).pipe(Random.withSeed("identities")))
})
