import { branchline, type Life, live, planOfLineage, usual } from "@branchline/adapter-memory/simulation"
import { parse, print, say } from "../CommandLine.js"
import type { Figure, Measure } from "../Figure.js"

/** Lives before anything is counted: the code is warm then. */
const warmUp = 30
const lives = 100

const median = (values: ReadonlyArray<number>): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

const live1 = (seed: number): Life => live(planOfLineage(String(seed), usual), branchline())

/** One process, one core, one life after the other. */
const speed: Measure = {
  name: "speed",
  title: `${lives} lives of a cluster, one after the other, on one core`,
  run: (tell): ReadonlyArray<Figure> => {
    for (let seed = 0; seed < warmUp; seed++) live1(seed)
    const times: Array<number> = []
    let podLives = 0
    let seconds = 0
    const began = performance.now()
    for (let seed = 0; seed < lives; seed++) {
      tell(`${seed - (seed % 20)} of ${lives}`)
      const from = performance.now()
      const { figures } = live1(warmUp + seed)
      times.push(performance.now() - from)
      podLives += figures.podLives
      seconds += figures.seconds
    }
    const elapsed = (performance.now() - began) / 1_000
    return [
      { name: "a life, the median", value: median(times), unit: "ms", aim: { at: "most", value: 25 }, note: `${(podLives / lives).toFixed(0)} pod lives, ${(seconds / lives / 60).toFixed(0)} simulated minutes` },
      { name: "lives", value: lives / elapsed, unit: "/s" },
      { name: "simulated pod lives", value: podLives / elapsed, unit: "/s" },
      { name: "simulated hours", value: seconds / 3_600 / elapsed, unit: "/s", note: `${((seconds / 3_600 / elapsed) * 3_600).toFixed(0)} an hour` }
    ]
  }
}

/** A world in the thick of its life: after so many events that the controller's trunks were told. */
const eventsBefore = 400

/** What the heap has more in the middle of a life than before it, megabytes. */
const heldBy = (seed: number): number => {
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  let held = 0
  let events = 0
  const subject = branchline()
  live(planOfLineage(String(seed), usual), {
    ...subject,
    run: (one) =>
      subject.run({
        ...one,
        visit: (state, event) => {
          one.visit(state, event)
          if (++events !== eventsBefore) return
          globalThis.gc?.()
          held = process.memoryUsage().heapUsed - before
        }
      })
  })
  return held / 1e6
}

/** What a world holds while it lives, and what is kept of it. */
const memory: Measure = {
  name: "memory",
  title: "what a world holds",
  run: (): ReadonlyArray<Figure> => {
    for (let seed = 0; seed < warmUp; seed++) live1(seed)
    const held = Array.from({ length: 10 }, (_, index) => heldBy(1_000 + index)).filter((size) => size > 0)
    globalThis.gc?.()
    const before = process.memoryUsage().heapUsed
    const kept = Array.from({ length: 10 }, (_, index) => live1(1_000 + index))
    globalThis.gc?.()
    return [
      { name: "a world in the middle of its life, the median", value: median(held), unit: "MB", note: "cluster, EC2, replicas, oracles and the journal so far" },
      { name: "what is kept of a life: plan, cells, journal", value: (process.memoryUsage().heapUsed - before) / kept.length / 1e6, unit: "MB" }
    ]
  }
}

const { json, wanted } = parse<Measure>({
  command: "npm run bench:simulation",
  about: "How fast whole lives of a cluster are lived, with the controller in it and everything that goes wrong.",
  measures: [speed, memory]
})
const figures: Array<Figure> = []
for (const { name, run, title } of wanted) {
  say(`${name}: ${title}`)
  let last = ""
  figures.push(...run((text) => {
    if (text !== last) say(`  ${text} …`)
    last = text
  }))
}
print(figures, json)
