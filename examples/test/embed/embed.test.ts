import { readFileSync } from "node:fs"
import { Duration, Exit } from "effect"
import { expect, it } from "vitest"
import { run } from "../../src/embed/embed.js"

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8")

it("the README's embed example is this program, and it does what it says", () => {
  const [, code] = /## Embed it[^]*?```ts\n([^]*?)```/.exec(read("../../../README.md")) ?? []
  expect(code).toBe(read("../../src/embed/embed.ts"))
  expect(run.exit).toEqual(Exit.succeed("3 nodes, 9 branch interfaces each"))
  expect(Duration.toSeconds(run.duration)).toBeLessThan(60)
})
