import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { certificate } from "../support/Certificates.js"
import { eventually, type Program, start } from "../support/Program.js"
import { built } from "./Built.js"
import { bodyOf, draws } from "./Generator.js"
import { judge, type Verdict } from "./StrictReview.js"
import { type WireAnswer, wire } from "./WireClient.js"

/** More, or others, to look further: the same seed gives the same bodies. */
const count = Number(process.env["BRANCHLINE_FUZZ_COUNT"] ?? 100_000)
const seed = Number(process.env["BRANCHLINE_FUZZ_SEED"] ?? 20_220_906)
const connections = 16
/** `timeoutSeconds` of deploy/base. */
const webhookTimeout = 10_000

const policy = {
  metadata: { name: "my-security-group-policy-demo", namespace: "default", uid: "p", resourceVersion: "1" },
  spec: { podSelector: { matchLabels: { role: "demo-sg" } }, securityGroups: { groupIds: ["sg-079157a483bcb371f"] } }
}

let folder: string
let server: Program
let port: number
let ca: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "branchline-webhook-"))
  const authority = await certificate({ commonName: "authority" })
  const pair = await certificate({ commonName: "webhook", addresses: ["127.0.0.1"], ca: authority })
  ca = authority.cert
  writeFileSync(join(folder, "tls.crt"), pair.cert)
  writeFileSync(join(folder, "tls.key"), pair.key)
  writeFileSync(join(folder, "policies.json"), JSON.stringify([policy]))
  server = start(process.execPath, [await built(join(import.meta.dirname, "server.ts")), folder])
  port = await eventually("the server listens", () => {
    const found = /port (\d+)/.exec(server.stdout())?.[1]
    return found === undefined ? undefined : Number(found)
  })
})
afterAll(async () => {
  await server?.stop("SIGKILL")
  rmSync(folder, { recursive: true, force: true })
})

interface Review {
  readonly apiVersion?: unknown
  readonly kind?: unknown
  readonly response?: { readonly uid?: unknown; readonly allowed?: unknown; readonly patchType?: unknown; readonly patch?: unknown; readonly status?: { readonly code?: unknown; readonly message?: unknown } }
}

/** What is wrong with an answer; undefined where it is as it has to be. */
const complaint = (verdict: Verdict | undefined, answer: WireAnswer): string | undefined => {
  if (answer.status !== 200) {
    if (answer.status < 400 || answer.status > 499) return `status ${answer.status}`
    if (answer.body === "") return "a refusal without a reason"
    return verdict === undefined || verdict._tag === "NoReview" || answer.status === 413 ? undefined : "a review was refused"
  }
  if (answer.contentType !== "application/json") return `content type ${answer.contentType}`
  const review = JSON.parse(answer.body) as Review
  const { response } = review
  if (review.apiVersion !== "admission.k8s.io/v1" || review.kind !== "AdmissionReview" || response === undefined) return "the answer is no AdmissionReview"
  if (typeof response.uid !== "string" || response.uid === "" || typeof response.allowed !== "boolean") return "the response lacks uid or allowed"
  if ((response.patch === undefined) !== (response.patchType === undefined)) return "patch and patchType do not go together"
  if (response.allowed === false && (typeof response.status?.code !== "number" || !response.status.message)) return "a refusal without a reason"
  // To the validating webhooks only the form of the answer matters here.
  if (verdict === undefined) return response.patch === undefined ? undefined : "a validating webhook patches"
  if (verdict._tag === "NoReview") return "what is no review was answered"
  if (response.uid !== verdict.uid) return `the uid ${response.uid} is not the request's`
  if (verdict._tag === "BrokenObject") {
    return response.allowed === false && response.status?.code === 400 && response.patch === undefined ? undefined : "a broken pod was allowed"
  }
  if (!response.allowed) return "a valid pod was refused"
  const patch = response.patch === undefined ? undefined : JSON.parse(Buffer.from(String(response.patch), "base64").toString()) as unknown
  return JSON.stringify(patch) === JSON.stringify(verdict.patch) ? undefined : `the patch is ${JSON.stringify(patch)}, not ${JSON.stringify(verdict.patch)}`
}

it(`${count.toLocaleString("en-US")} reviews, right and wrong: none crashes the server, no wrong one is patched, every right one that matches is`, async () => {
  const draw = draws(seed)
  const verdicts = new Map<string, number>()
  const complaints: Array<string> = []
  const durations: Array<number> = []
  let number = 0
  const worker = async (): Promise<void> => {
    const connection = wire(port, ca)
    while (number < count && complaints.length < 10) {
      const own = number++
      const { body, fault } = bodyOf(draw, own)
      const path = draw.chance(0.9) ? "/mutate-v1-pod" : draw.pick(["/validate-v1-pod", "/validate-v1-node"])
      const verdict = path === "/mutate-v1-pod" ? judge(body) : undefined
      const kind = verdict === undefined ? "validating" : verdict._tag === "Valid" && verdict.patch !== undefined ? "Matching" : verdict._tag
      verdicts.set(kind, (verdicts.get(kind) ?? 0) + 1)
      const shown = body.length > 3_000 ? `${body.subarray(0, 3_000).toString("latin1")}…` : body.toString("latin1")
      try {
        const answer = await connection.post(path, body)
        durations.push(answer.duration)
        const found = complaint(verdict, answer)
        if (found !== undefined) complaints.push(`review ${own}, ${fault}, ${path}: ${found}\n${answer.status} ${answer.body.slice(0, 500)}\n${shown}`)
      } catch (error) {
        complaints.push(`review ${own}, ${fault}, ${path}: ${String(error)}\n${shown}`)
      }
    }
    connection.close()
  }
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: connections }, worker))
  const seconds = (performance.now() - startedAt) / 1_000
  durations.sort((a, b) => a - b)
  const p99 = durations[Math.floor(durations.length * 0.99)] ?? Number.NaN
  const counts = [...verdicts].map(([kind, times]) => `${times} ${kind}`).join(", ")
  console.log(`${durations.length} reviews in ${seconds.toFixed(1)} s (${counts}); p99 ${p99.toFixed(1)} ms, longest ${durations.at(-1)?.toFixed(1)} ms`)

  expect(complaints.join("\n\n")).toBe("")
  expect(server.child.exitCode, server.output()).toBeNull()
  expect(server.stderr()).toBe("")
  expect(p99).toBeLessThan(webhookTimeout)
  for (const kind of ["Matching", "Valid", "BrokenObject", "NoReview"]) expect(verdicts.get(kind), kind).toBeGreaterThan(count / 100)
}, 600_000)
