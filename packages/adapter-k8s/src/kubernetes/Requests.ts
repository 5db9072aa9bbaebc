import { KubernetesError } from "@branchline/core/ports/KubernetesError"
import { type Duration, Effect, Result, type Scope } from "effect"
import type { AccessError } from "../access/AccessError.js"
import type { ClusterAccess, Session } from "../access/ClusterAccess.js"
import * as ByteStream from "../http/ByteStream.js"
import { exchange, type HttpRequest, type HttpTrouble } from "../http/Exchange.js"
import * as Refusal from "./Refusal.js"
import * as Trouble from "./Trouble.js"

/** A request to the API server. */
export interface Request extends Refusal.Asked {
  readonly method: HttpRequest["method"]
  /** From the server's root, with its query. */
  readonly path: string
  readonly contentType?: string | undefined
  /** JSON. */
  readonly body?: string | undefined
}

/** Requests with credentials, and their troubles as the port's errors. */
export interface Requests {
  /** The body of a good answer, as JSON. */
  readonly call: (request: Request) => Effect.Effect<unknown, KubernetesError>
  /** The body of a good answer as it comes; its own troubles are told by `trouble`. */
  readonly open: (request: Request) => Effect.Effect<ByteStream.ByteStream, KubernetesError, Scope.Scope>
  readonly trouble: (asked: Refusal.Asked, trouble: HttpTrouble) => KubernetesError
  /** A good answer that is not what it should be, `JSON` or `list`: something else than an API server gave it. */
  readonly strange: (asked: Refusal.Asked, expected: string) => KubernetesError
}

export interface RequestOptions {
  readonly userAgent: string
  readonly timeout: Duration.Duration
}

const isGood = (status: number): boolean => status >= 200 && status < 300

export const make = (access: ClusterAccess, { timeout, userAgent }: RequestOptions): Requests => {
  const httpRequest = ({ body, contentType, method, path }: Request, session: Session): HttpRequest => ({
    origin: access.origin,
    method,
    path: `${access.basePath}${path}`,
    headers: {
      accept: "application/json",
      "user-agent": userAgent,
      ...(body === undefined ? {} : { "content-type": contentType ?? "application/json" }),
      ...session.headers
    },
    body
  })

  const noAccess = ({ operation }: Refusal.Asked) => (error: AccessError) =>
    new KubernetesError({ operation, reason: { _tag: "Unavailable" }, message: error.message })

  const trouble: Requests["trouble"] = (asked, given) => Trouble.toError(asked, access.description, given)

  const strange: Requests["strange"] = ({ isWrite, operation }, expected) =>
    new KubernetesError({
      operation,
      reason: { _tag: isWrite ? "UnknownOutcome" : "Unavailable" },
      message: `what ${access.description} answered is no ${expected}: is it an API server?`
    })

  /** Once more with other credentials where the first ones are refused: a 401 is from before any effect. */
  const authenticated = <A extends { readonly status: number }, R>(
    asked: Refusal.Asked,
    attempt: (session: Session) => Effect.Effect<A, HttpTrouble, R>
  ): Effect.Effect<A, KubernetesError, R> =>
    Effect.gen(function*() {
      const told = Effect.mapError((given: HttpTrouble) => trouble(asked, given))
      const session = yield* Effect.mapError(access.session, noAccess(asked))
      const answer = yield* told(attempt(session))
      if (answer.status !== 401) return answer
      const renewed = yield* Effect.mapError(access.renewed(session), noAccess(asked))
      return yield* told(attempt(renewed))
    })

  const parsed = (request: Request, body: string): Effect.Effect<unknown, KubernetesError> =>
    Effect.fromResult(Result.try({
      try: (): unknown => JSON.parse(body),
      catch: () => strange(request, "JSON")
    }))

  return {
    strange,
    trouble,
    call: (request) =>
      authenticated(request, (session) => exchange(session.dispatcher, httpRequest(request, session), timeout)).pipe(
        Effect.flatMap((answer) =>
          isGood(answer.status)
            ? parsed(request, answer.body)
            : Effect.fail(Refusal.toError(request, { code: answer.status, retryAfter: answer.retryAfter, body: answer.body }))
        )
      ),
    open: (request) =>
      Effect.gen(function*() {
        const stream = yield* authenticated(request, (session) => ByteStream.open(session.dispatcher, httpRequest(request, session)))
        if (isGood(stream.status)) return stream
        const body = yield* Effect.mapError(ByteStream.text(stream), (given) => trouble(request, given))
        return yield* Refusal.toError(request, { code: stream.status, retryAfter: stream.retryAfter, body })
      })
  }
}
