import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { certificate } from "../../test/integration/support/Certificates.js"
import { eventually, run, start } from "../../test/integration/support/Program.js"
import type { Figure } from "../Figure.js"
import type { LongMeasure } from "./LongMeasure.js"
import type { Load, Sampled } from "./WebhookClient.js"

const program = (name: string): string => join(import.meta.dirname, `${name}.js`)

/** How many times worse than the echo it may be. */
const atMost = 1.25

const figuresOf = ({ concurrency, echo, webhook }: Sampled[number]): ReadonlyArray<Figure> => {
  const where = `webhook, ${concurrency} at a time`
  const latency = (name: string, read: (load: Load) => number): ReadonlyArray<Figure> => [
    { name: `${where}: ${name}`, value: read(webhook), unit: "ms", note: `echo ${read(echo).toFixed(3)} ms` },
    { name: `${where}: ${name} against the echo's`, value: read(webhook) / read(echo), unit: "×", aim: { at: "most", value: atMost } }
  ]
  return [
    { name: `${where}: requests`, value: webhook.perSecond, unit: "/s", note: `echo ${Math.round(echo.perSecond)} /s` },
    { name: `${where}: echo's requests against these`, value: echo.perSecond / webhook.perSecond, unit: "×", aim: { at: "most", value: atMost } },
    ...latency("p50", ({ p50 }) => p50),
    ...latency("p99", ({ p99 }) => p99)
  ]
}

/**
 * Reviews over TLS with keep-alive, against a bare node:https server that gives the same bodies back; each in a process of its own.
 *
 * Server and connections cost what the echo's cost; the rest is the decision. One request at a time nothing else goes on meanwhile, so that
 * all of it shows: an echo that calls `JSON.parse` and nothing else is about 1.3 times as slow. Of many at a time the client is the slower one.
 */
export const webhook: LongMeasure = {
  name: "webhook",
  title: "reviews of an 8 KB pod over TLS, 100 policies, against a bare node:https echo",
  run: async (say) => {
    const folder = mkdtempSync(join(tmpdir(), "branchline-bench-"))
    const authority = await certificate({ commonName: "authority" })
    const pair = await certificate({ commonName: "webhook", addresses: ["127.0.0.1"], ca: authority })
    writeFileSync(join(folder, "ca.crt"), authority.cert)
    writeFileSync(join(folder, "tls.crt"), pair.cert)
    writeFileSync(join(folder, "tls.key"), pair.key)
    const servers = ["echo", "webhook"].map((which) => start(process.execPath, [program("WebhookTarget"), which, folder]))
    try {
      const ports = await Promise.all(servers.map((server) =>
        eventually("a server listens", () => /port (\d+)/.exec(server.stdout())?.[1])))
      say("1, 8 and 32 requests at a time, 55 s")
      const { code, stderr, stdout } = await run(process.execPath, [program("WebhookClient"), join(folder, "ca.crt"), ...ports])
      if (code !== 0) throw new Error(`the client ended with ${code}: ${stderr}`)
      return (JSON.parse(stdout) as Sampled).flatMap(figuresOf)
    } finally {
      await Promise.all(servers.map((server) => server.stop("SIGKILL")))
      rmSync(folder, { recursive: true, force: true })
    }
  }
}
