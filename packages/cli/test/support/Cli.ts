import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, Layer, Schema } from "effect"
import { Command, TerminalCapabilities } from "effect/cli"
import { TestConsole } from "effect/testing"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll } from "vitest"
import { Look } from "../../src/cluster/Look.js"
import { exitCodeOf, program, report, surroundings } from "../../src/Program.js"
import { version } from "../../src/Version.js"

/** What a run of the program printed, and its exit code. */
export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** The program as it is started, in this process; `terminal` says what its output is. */
export const branchline = (args: ReadonlyArray<string>, terminal: { readonly canColor: boolean } = { canColor: false }): Promise<Ran> =>
  Effect.gen(function*() {
    const exit = yield* Effect.exit(Command.runWith(program("branchline"), { version })(args).pipe(Effect.scoped, Effect.tapCause(report)))
    const lines = (some: ReadonlyArray<unknown>): string => some.map(String).join("\n")
    return { code: exitCodeOf(exit), out: lines(yield* TestConsole.logLines), err: lines(yield* TestConsole.errorLines) }
  }).pipe(
    Effect.provide(Layer.mergeAll(
      NodeServices.layer,
      surroundings("branchline"),
      TestConsole.layer,
      Layer.succeed(TerminalCapabilities.TerminalCapabilities, { canAnimate: false, canPrompt: false, canColor: terminal.canColor })
    )),
    Effect.runPromise
  )

const folder = mkdtempSync(join(tmpdir(), "branchline-cli-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A file with this text, gone when the tests are done. */
export const file = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

/** A look as a snapshot's file. */
export const snapshotFile = (name: string, look: Look): string => file(name, JSON.stringify(Schema.encodeSync(Look)(look)))
