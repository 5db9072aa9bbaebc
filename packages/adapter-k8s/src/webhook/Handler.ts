import type { IncomingMessage, ServerResponse } from "node:http"
import { type Clock, Duration, Effect, Exit, type Fiber } from "effect"
import type { WebhookRequest, WebhookResponse } from "@branchline/core/admission/Webhook"
import { mutatePodWebhook, validateNodeWebhook, validatePodWebhook } from "@branchline/core/model/Names"
import { type Body, receive, type Room } from "./Body.js"
import type { Answered } from "./Figures.js"
import type { WebhookLimits } from "./Limits.js"

/** What the handler of requests works with. */
export interface HandlerParts {
  readonly limits: WebhookLimits
  readonly admit: (request: WebhookRequest) => Effect.Effect<WebhookResponse>
  readonly ready: Effect.Effect<boolean>
  readonly clock: Clock.Clock
  /** Runs a decision; where it needs to wait for nothing, it has its exit on return. */
  readonly fork: <A>(effect: Effect.Effect<A>) => Fiber.Fiber<A>
  readonly answered: (answer: Answered) => void
  readonly room: Room
  /** Requests that are being received or decided, by this handler alone. */
  readonly state: { inFlight: number; closing: boolean }
}

const webhookPaths: ReadonlySet<string> = new Set([mutatePodWebhook.path, validatePodWebhook.path, validateNodeWebhook.path])

const json = "application/json"
const text = "text/plain; charset=utf-8"

const pathOf = (url: string): string => {
  // The API server sends its own timeout as a query.
  const query = url.indexOf("?")
  return query < 0 ? url : url.slice(0, query)
}

const isJson = (contentType: string | undefined): boolean => {
  if (contentType === json) return true
  const type = contentType?.split(";", 1)[0]
  return type !== undefined && type.trim().toLowerCase() === json
}

const isDecided = <A>(decision: Effect.Effect<A>): decision is Exit.Exit<A> => Exit.isExit(decision)

/** Why a request is refused before its body is looked at. */
const refusal = ({ headers, method }: IncomingMessage): readonly [status: number, reason: string] | undefined => {
  if (method !== "POST") return [405, `a webhook is called by POST, not by ${method}`]
  if (!isJson(headers["content-type"])) return [415, `the content type of a review is ${json}, not ${headers["content-type"] ?? "absent"}`]
  const encoding = headers["content-encoding"]
  return encoding === undefined || encoding === "identity" ? undefined : [415, `a review is not encoded, but this one is ${encoding}`]
}

const bodyRefusal = (body: Exclude<Body, { readonly _tag: "Text" }>, limits: WebhookLimits): readonly [status: number, reason: string] => {
  switch (body._tag) {
    case "NotUtf8":
      return [400, "the body is no JSON: it is not UTF-8"]
    case "TooLarge":
      return [413, `the body is larger than ${limits.bodyBytes} bytes`]
    case "NoRoom":
      return [503, "too many bytes are being received"]
  }
}

/**
 * Answers requests. A decision that needs to wait for nothing is answered in the turn in which the body is complete; one that waits has
 * {@link WebhookLimits.decision} for it. Whatever is not a decision is no 200, so that the webhook's `failurePolicy` decides.
 */
export const handler = (parts: HandlerParts) => {
  const { admit, answered, clock, fork, limits, ready, room, state } = parts

  let isReady = false
  const decisionOf = (request: WebhookRequest): Effect.Effect<WebhookResponse | undefined> => {
    // What is decided at once needs no fiber, and may throw before there is an effect.
    try {
      return isReady ? admit(request) : Effect.flatMap(ready, (now) => {
        isReady = now
        return now ? admit(request) : Effect.succeed(undefined)
      })
    } catch (defect) {
      return Exit.die(defect)
    }
  }

  return (request: IncomingMessage, response: ServerResponse): void => {
    const startedAt = clock.currentTimeMillisUnsafe()
    const path = pathOf(request.url ?? "/")
    const isWebhook = webhookPaths.has(path)

    const answer = (status: number, body: string, type = text): void => {
      if (response.headersSent || response.destroyed) return
      const headers: Record<string, string | number> = { "Content-Type": type, "Content-Length": Buffer.byteLength(body) }
      if (status === 405) headers["Allow"] = isWebhook ? "POST" : "GET, HEAD"
      if (status === 503) headers["Retry-After"] = 1
      if (state.closing || status === 413) headers["Connection"] = "close"
      response.writeHead(status, headers)
      response.end(body)
      answered({ path: isWebhook ? path : "other", status, duration: clock.currentTimeMillisUnsafe() - startedAt })
    }

    if (!isWebhook) {
      if (path !== "/healthz") return answer(404, `there is no webhook at ${path}`)
      return request.method === "GET" || request.method === "HEAD" ? answer(200, "ok") : answer(405, "health is read by GET")
    }
    const refused = refusal(request)
    if (refused !== undefined) return answer(...refused)
    if (state.inFlight >= limits.requests) return answer(503, `${limits.requests} reviews are being decided already`)

    let deciding: Fiber.Fiber<WebhookResponse | undefined> | undefined
    state.inFlight++
    response.on("close", () => {
      state.inFlight--
      deciding?.interruptUnsafe()
    })

    const settle = (exit: Exit.Exit<WebhookResponse | undefined>): void => {
      deciding = undefined
      if (Exit.isFailure(exit)) return answer(500, "the decision failed unexpectedly")
      const decision = exit.value
      if (decision === undefined) return answer(503, "the policies are not known yet")
      answer(decision.status, decision.body, decision.status === 200 ? json : text)
    }
    receive(request, limits.bodyBytes, room, (body) => {
      if (body._tag !== "Text") return answer(...bodyRefusal(body, limits))
      const decision = decisionOf({ path, body: body.text })
      if (isDecided(decision)) return settle(decision)
      const fiber = fork(decision)
      const exit = fiber.pollUnsafe()
      if (exit !== undefined) return settle(exit)
      deciding = fiber
      const timer = fork(Effect.andThen(
        Effect.sleep(limits.decision),
        Effect.sync(() => {
          answer(503, `there was no decision within ${Duration.toSeconds(limits.decision)} s`)
          fiber.interruptUnsafe()
        })
      ))
      fiber.addObserver((exit) => {
        timer.interruptUnsafe()
        settle(exit)
      })
    })
  }
}
