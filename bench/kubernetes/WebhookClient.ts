import { readFileSync } from "node:fs"
import { Agent, request } from "node:https"
import { mutatePodWebhook } from "@branchline/core/model/Names"
import { bodyOf } from "../Admission.js"
import { distribution } from "../Sampling.js"

/** The client as a process of its own: arguments are the CA's file and the ports of echo and webhook; it prints a `Sampled` as JSON. */

export interface Load {
  readonly perSecond: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
}

export type Sampled = ReadonlyArray<{ readonly concurrency: number; readonly echo: Load; readonly webhook: Load }>

const concurrencies = [1, 8, 32]
/** Rounds of the two are interleaved, so that what else the machine does befalls both. */
const rounds = 16
const roundTime = 400

const [caFile = "", echoPort, webhookPort] = process.argv.slice(2)
const ca = readFileSync(caFile)
const bodies = Array.from({ length: 64 }, (_, index) => Buffer.from(bodyOf(Math.floor(index * 100 / 64))))

const post = (agent: Agent, port: number, body: Buffer): Promise<number> =>
  new Promise((resolve, reject) => {
    const from = performance.now()
    const sent = request({
      agent,
      host: "127.0.0.1",
      port,
      method: "POST",
      path: `${mutatePodWebhook.path}?timeout=10s`,
      headers: { "Content-Type": "application/json", "Content-Length": body.length }
    }, (response) => {
      let size = 0
      response.on("data", (chunk: Buffer) => (size += chunk.length))
      response.on("end", () => {
        if (response.statusCode !== 200 || size !== Number(response.headers["content-length"])) return reject(new Error(`status ${response.statusCode}, ${size} bytes`))
        resolve(performance.now() - from)
      })
    })
    sent.on("error", reject)
    sent.end(body)
  })

const round = async (agent: Agent, port: number, concurrency: number, time: number) => {
  const durations: Array<number> = []
  const startedAt = performance.now()
  let call = 0
  const worker = async (): Promise<void> => {
    while (performance.now() - startedAt < time) durations.push(await post(agent, port, bodies[call++ % bodies.length]!))
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  return { durations, time: performance.now() - startedAt }
}

const sample = async (concurrency: number): Promise<Sampled[number]> => {
  const targets = [Number(echoPort), Number(webhookPort)].map((port) => ({
    port,
    agent: new Agent({ ca, keepAlive: true, maxSockets: concurrency }),
    durations: [] as Array<number>,
    time: 0
  }))
  for (const { agent, port } of targets) await round(agent, port, concurrency, 1_500)
  for (let turn = 0; turn < rounds; turn++) {
    // Who goes first changes, because the second finds the processor warm.
    for (const target of turn % 2 === 0 ? targets : targets.toReversed()) {
      const { durations, time } = await round(target.agent, target.port, concurrency, roundTime)
      target.durations.push(...durations)
      target.time += time
    }
  }
  for (const { agent } of targets) agent.destroy()
  const [echo, webhook] = targets.map(({ durations, time }): Load => {
    const { median, p99 } = distribution(durations)
    return { perSecond: durations.length / time * 1_000, p50: median, p99 }
  })
  return { concurrency, echo: echo!, webhook: webhook! }
}

// Servers and client are compiled before anything is measured: a controller runs for weeks.
for (const port of [Number(echoPort), Number(webhookPort)]) {
  const agent = new Agent({ ca, keepAlive: true, maxSockets: 8 })
  await round(agent, port, 8, 5_000)
  agent.destroy()
}
const samples = []
for (const concurrency of concurrencies) samples.push(await sample(concurrency))
process.stdout.write(JSON.stringify(samples))
