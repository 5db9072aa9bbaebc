import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"

const footprint = fileURLToPath(new URL("../../dist/controller/Footprint.js", import.meta.url))

/** Lets 150 MB come, of which 10 MB live, and tells what V8 then has for young objects and for all. */
const program = `
  import { getHeapSpaceStatistics, getHeapStatistics } from "node:v8"
  import { getSourceMapsSupport } from "node:module"
  const alive = []
  for (let round = 0; round < 15; round++) {
    alive.length = 0
    for (let index = 0; index < 150_000; index++) alive.push({ round, index, text: [index] })
  }
  const { space_size: young } = getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space")
  console.log(JSON.stringify({ young: young / 2 ** 20, heap: getHeapStatistics().total_heap_size / 2 ** 20, maps: getSourceMapsSupport() }))
`

const measured = (flags: ReadonlyArray<string>, imported: boolean): Promise<{ readonly young: number; readonly heap: number; readonly maps: { readonly enabled: boolean; readonly nodeModules: boolean } }> =>
  new Promise((resolve, reject) => {
    const args = [...flags, ...(imported ? ["--import", footprint] : []), "--input-type=module", "--eval", program]
    execFile(process.execPath, args, { env: {} }, (error, stdout) => error === null ? resolve(JSON.parse(stdout)) : reject(error))
  })

describe("the process's memory", () => {
  it("keeps the young objects' spaces small, and so the heap", async () => {
    const [plain, small] = await Promise.all([measured([], false), measured([], true)])
    expect(plain.young).toBeGreaterThan(16)
    // Two halves of 4 MiB, and what is too big for a page.
    expect(small.young).toBeLessThan(12)
    expect(small.heap).toBeLessThan(plain.heap)
  })

  it("leaves the size to whoever says it on Node's command line", async () => {
    const { young } = await measured(["--max-semi-space-size=16"], true)
    expect(young).toBeGreaterThanOrEqual(32)
  })

  it("maps our own files to their sources, where Node was told to, and no library's", async () => {
    expect((await measured(["--enable-source-maps"], true)).maps).toMatchObject({ enabled: true, nodeModules: false })
    expect((await measured([], true)).maps.enabled).toBe(false)
  })
})
