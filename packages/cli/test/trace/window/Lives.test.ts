import { it as prop } from "@effect/vitest"
import { describe, expect, it } from "vitest"
import type { Life } from "../../../src/trace/window/Life.js"
import { lives } from "../../../src/trace/window/Lives.js"
import { int } from "../support/Arbitraries.js"
import { linesOf, noon, podOf } from "../support/Records.js"
import { windowOf } from "../support/Read.js"

const ref = (name: string) => ({ namespace: "shop", name, uid: name })

describe("pods that are kept", () => {
  it("make room when there are too many: whoever is told first, whoever waits last", () => {
    const left: Array<readonly [string, boolean]> = []
    const known = lives(3, ({ name }, dropped) => left.push([name, dropped]))
    const waiting = (name: string): Life => Object.assign(known.of(ref(name), 0, "", true), { created: 0, asks: "yes" })
    waiting("a")
    Object.assign(waiting("b"), { annotated: 5 })
    waiting("c")
    waiting("d")
    expect(left).toEqual([["b", false]])
    waiting("e")
    expect(left.slice(1)).toMatchObject([[expect.any(String), true]])
    expect(known.size()).toBe(3)
  })

  prop.prop("are never more than were allowed, and what becomes of the others is counted", { most: int(5, 20), pods: int(21, 80) }, ({ most, pods }) => {
    const records = Array.from({ length: pods }, (_, index) => {
      const pod = podOf({ name: `web-${index}`, uid: `uid-${index}` })
      return [pod.create(index * 1_000), pod.bind(index * 1_000 + 10), ...(index % 3 === 0 ? [] : [pod.annotate(index * 1_000 + 100)])]
    }).flat()
    const { latencies, pods: counts, stuck } = windowOf([linesOf(records)], noon + 10_000_000, { most, top: 1_000 })
    const waiting = Math.ceil(pods / 3)
    expect(counts.annotated).toBe(pods - waiting)
    expect(latencies.createToAnnotated?.count).toBe(pods - waiting)
    expect(counts.dropped + stuck.count).toBe(waiting)
  })
})
