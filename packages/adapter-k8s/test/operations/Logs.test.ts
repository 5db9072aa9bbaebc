import { assert, describe, it } from "@effect/vitest"
import { simulate } from "@branchline/adapter-memory/simulation/Simulation"
import { Cause, Console, Effect, Exit, Schema } from "effect"
import * as Logs from "../../src/operations/Logs.js"
import * as World from "./support/MeasuredWorld.js"

/** What a program writes, by where it writes it. */
const written = <E>(options: Logs.LogOptions, program: Effect.Effect<unknown, E>) => {
  const out: Array<string> = []
  const err: Array<string> = []
  const console = { ...quiet, log: (line: string) => void out.push(line), error: (line: string) => void err.push(line) }
  return program.pipe(
    Effect.provide(Logs.layer(options)),
    Effect.provideService(Console.Console, console),
    Effect.as({ out, err })
  )
}

/** A console that says nothing. */
const nothing = () => undefined
const quiet: Console.Console = {
  assert: nothing, clear: nothing, count: nothing, countReset: nothing, debug: nothing, dir: nothing, dirxml: nothing, error: nothing,
  group: nothing, groupCollapsed: nothing, groupEnd: nothing, info: nothing, log: nothing, table: nothing, time: nothing, timeEnd: nothing,
  timeLog: nothing, trace: nothing, warn: nothing
}

const Line = Schema.Record(Schema.String, Schema.Unknown)
const lineOf = (text: string): typeof Line.Type => Schema.decodeUnknownSync(Line)(JSON.parse(text))

describe("JSON logs", () => {
  it.effect("are one object a line, with the fixed keys first and what it is about behind them", () =>
    Effect.gen(function*() {
      const { err, out } = yield* written(
        { format: "json", leading: () => true },
        Effect.logWarning("the trunk is not ready", "RequestLimitExceeded:\nslow down").pipe(
          Effect.annotateLogs({ zone: "a", node: "ip-10-0-0-1", pod: "web-0", namespace: "default", attempts: 3 })
        )
      )
      assert.deepStrictEqual(out, [])
      assert.strictEqual(err.length, 1)
      assert.notInclude(err[0], "\n")
      assert.deepStrictEqual(Object.entries(lineOf(err[0]!)), [
        ["time", "1970-01-01T00:00:00.000Z"],
        ["level", "warn"],
        ["message", "the trunk is not ready"],
        ["pod", "web-0"],
        ["namespace", "default"],
        ["node", "ip-10-0-0-1"],
        ["error", "RequestLimitExceeded:\nslow down"],
        ["attempts", 3],
        ["zone", "a"],
        ["leader", true]
      ])
    }))

  it.effect("carry a cause as the error, and no annotation takes the place of a fixed key", () =>
    Effect.gen(function*() {
      const { err } = yield* written(
        { format: "json" },
        Effect.logError("work on a key failed unexpectedly", Cause.die(new Error("no such table"))).pipe(
          Effect.annotateLogs({ time: "never", level: "fine", message: "nothing", nothing: undefined, whole: { a: 1 }, wrong: new Error("inner") })
        )
      )
      const line = lineOf(err[0]!)
      assert.match(String(line["error"]), /^Error: no such table/)
      assert.deepStrictEqual([line["time"], line["level"], line["message"]], ["1970-01-01T00:00:00.000Z", "error", "work on a key failed unexpectedly"])
      assert.deepStrictEqual([line["whole"], line["wrong"], "nothing" in line, "leader" in line], ['{"a":1}', "inner", false, false])
    }))

  it.effect("leave out what is below the level, and go where they are told to", () =>
    Effect.gen(function*() {
      const say = Effect.logDebug("small").pipe(Effect.andThen(Effect.logInfo("middle")), Effect.andThen(Effect.logError("large")))
      const messages = (lines: ReadonlyArray<string>) => lines.map((line) => lineOf(line)["message"])
      assert.deepStrictEqual(messages((yield* written({ format: "json" }, say)).err), ["middle", "large"])
      assert.deepStrictEqual(messages((yield* written({ format: "json", level: "Debug" }, say)).err), ["small", "middle", "large"])
      const { err, out } = yield* written({ format: "json", level: "Error", to: "stdout" }, say)
      assert.deepStrictEqual([messages(out), err], [["large"], []])
    }))
})

describe("Logs for people", () => {
  it.effect("are one line, with quotes only where they are needed, and colours only where they are wanted", () =>
    Effect.gen(function*() {
      const say = Effect.logWarning("two\nlines", "it broke").pipe(Effect.annotateLogs({ pod: "web-0", node: "" }))
      const { err } = yield* written({ format: "text" }, say)
      assert.deepStrictEqual(err, ['00:00:00.000 WARN  two lines pod=web-0 node="" error="it broke"'])
      const coloured = yield* written({ format: "text", colours: true }, say)
      assert.deepStrictEqual(coloured.err, ['00:00:00.000 \u001b[33mWARN \u001b[0m two lines pod=web-0 node="" error="it broke"'])
    }))
})

/** All that the controller of a simulated world logs while a pod is served, whose branch EC2 refuses for a while and then with a defect. */
const story = () => {
  const lines: Array<string> = []
  const console = { ...quiet, error: (line: string) => void lines.push(line) }
  let broken = true
  const between: World.WorldOptions["between"] = (ec2) => ({
    ...ec2,
    associateBranch: (association) =>
      Effect.suspend(() => {
        if (!broken) return ec2.associateBranch(association)
        broken = false
        return Effect.die(new Error("the adapter is broken"))
      })
  })
  const program = Effect.gen(function*() {
    const world = yield* World.make({ between })
    yield* world.apply(World.policy())
    yield* world.offering
    yield* world.apply(World.pod("web-0"))
    yield* world.waitForPhase("web-0", "Running")
    const [node] = world.nodes.values()
    return { instance: node!.instanceId, node: node!.nodeName, eni: (yield* world.ec2.control.snapshot).associations[0]!.branchId }
  })
  const run = simulate(program.pipe(Effect.provide(Logs.layer({ format: "json" })), Effect.provideService(Console.Console, console)))
  if (Exit.isFailure(run.exit)) throw new Error(Cause.pretty(run.exit.cause))
  return { ...run.exit.value, lines: lines.map(lineOf) }
}

describe("The controller's own logs", () => {
  const { eni, instance, lines, node } = story()
  const about = (message: RegExp) => lines.filter((line) => message.test(String(line["message"])))

  it("name pod, namespace, node, instance and interface of the work that failed", () => {
    const [line, ...others] = about(/failed unexpectedly/)
    assert.deepStrictEqual(others, [])
    const { error, key, level, time: _, ...rest } = line!
    assert.match(String(error), /the adapter is broken/)
    assert.match(String(key), /^branch\//)
    assert.deepStrictEqual({ level, ...rest }, { level: "error", message: "work on a key failed unexpectedly", pod: "web-0", namespace: "default", node })
  })

  it("have what people are told, with the reason", () => {
    const [told] = about(/^Allocated/)
    assert.deepStrictEqual([told?.["reason"], told?.["pod"], told?.["node"], told?.["instance"], told?.["eni"]], ["ResourceAllocated", "web-0", node, instance, eni])
    const [initiated] = about(/trunk interface initialized/)
    assert.deepStrictEqual([initiated?.["reason"], initiated?.["node"]], ["NodeTrunkInitiated", node])
  })
})
