import { CloudWatchLogsClient, GetQueryResultsCommand, StartQueryCommand, StopQueryCommand } from "@aws-sdk/client-cloudwatch-logs"
import { Duration, Effect, type Scope } from "effect"
import { CouldNotLook } from "../../output/CouldNotLook.js"
import type { Queries, QueryPage } from "./Insights.js"
import type { Slice } from "./Slices.js"

/** Which log group is asked, and where; what is left out the AWS SDK finds by itself. */
export interface CloudWatchAsked {
  /** `/aws/eks/<cluster>/cluster`. */
  readonly logGroup: string
  readonly query: string
  readonly region: string | undefined
  readonly endpoint: string | undefined
  readonly profile: string | undefined
  /** Between two looks at a query that runs, in milliseconds. */
  readonly poll: number
}

/** Rows of a page: with records of some kilobytes, as much as is held at once. */
const pageSize = 1_000

const mends: ReadonlyArray<readonly [pattern: RegExp, mend: (asked: CloudWatchAsked) => string]> = [
  [/ResourceNotFound/, ({ logGroup }) => `is ${logGroup} the cluster's log group, and its "audit" log type switched on? EKS writes no audit log unless asked`],
  [/AccessDenied|UnrecognizedClient|NotAuthorized/, () => "allow logs:StartQuery, logs:GetQueryResults and logs:StopQuery"],
  [/Credentials|ExpiredToken|TokenRefresh/, () => "log in (aws sso login, AWS_PROFILE), or let another have exported the records to files"],
  [/Region is missing/, () => "say --region, or set AWS_REGION"],
  [/ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN/, () => "is the Region right, and the service within reach?"]
]

const cannot = (asked: CloudWatchAsked) => (error: unknown): CouldNotLook => {
  const name = error instanceof Error ? error.name : ""
  const code = error instanceof Error && "code" in error ? String(error.code) : ""
  const message = error instanceof Error ? error.message : String(error)
  const text = [name, code, message].filter((part) => part !== "").join(" ")
  return new CouldNotLook({
    message: `CloudWatch Logs, ${asked.logGroup}: ${[name === "Error" || name === "AggregateError" ? "" : `${name}: `, message === "" ? code : message].join("")}`,
    mend: mends.find(([pattern]) => pattern.test(text))?.[1](asked)
  })
}

/** Accounts have a number of queries that may run at once. Source: CloudWatch Logs User Guide, "CloudWatch Logs quotas". */
const isBusy = ({ message }: CouldNotLook): boolean => message.includes("LimitExceededException") || message.includes("ThrottlingException")
const patience = 60

/** Queries against one log group; the client ends with the scope. */
export const cloudWatch = Effect.fnUntraced(function*(asked: CloudWatchAsked): Effect.fn.Return<Queries, never, Scope.Scope> {
  const client = yield* Effect.acquireRelease(
    Effect.sync(() =>
      new CloudWatchLogsClient({
        ...(asked.region === undefined ? {} : { region: asked.region }),
        ...(asked.endpoint === undefined ? {} : { endpoint: asked.endpoint }),
        ...(asked.profile === undefined ? {} : { profile: asked.profile })
      })
    ),
    (open) => Effect.sync(() => open.destroy())
  )
  const look = <A>(send: (signal: AbortSignal) => Promise<A>): Effect.Effect<A, CouldNotLook> => Effect.tryPromise({ try: send, catch: cannot(asked) })

  // Not given up half-way: a query whose id nobody knows cannot be stopped.
  const start = ({ from, to }: Slice, limit: number) =>
    look(() => client.send(new StartQueryCommand({ logGroupName: asked.logGroup, queryString: asked.query, startTime: from, endTime: to, limit })))

  const started = (slice: Slice, limit: number, left: number, wait: Effect.Effect<void>): Effect.Effect<string, CouldNotLook> =>
    Effect.matchEffect(start(slice, limit), {
      onSuccess: ({ queryId = "" }) => Effect.succeed(queryId),
      onFailure: (error) => (isBusy(error) && left > 0 ? Effect.andThen(wait, started(slice, limit, left - 1, wait)) : Effect.fail(error))
    })

  const ended = Effect.fnUntraced(function*(queryId: string) {
    for (;;) {
      const { status } = yield* look((abortSignal) => client.send(new GetQueryResultsCommand({ queryId, maxItems: 1 }), { abortSignal }))
      if (status === "Complete") return queryId
      if (status !== "Scheduled" && status !== "Running") {
        return yield* new CouldNotLook({ message: `CloudWatch Logs, ${asked.logGroup}: the query ended as ${status ?? "unknown"}`, mend: "ask for a shorter time (--from, --to)" })
      }
      yield* Effect.sleep(Duration.millis(asked.poll))
    }
  })

  return {
    run: (slice, limit) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(started(slice, limit, patience, restore(Effect.sleep(Duration.millis(asked.poll)))), (queryId) =>
          restore(ended(queryId)).pipe(
            // A query that nobody waits for any more costs, and counts against the account's quota.
            Effect.onInterrupt(() => Effect.ignore(look(() => client.send(new StopQueryCommand({ queryId })))))
          ))
      ),
    page: (queryId, nextToken) =>
      Effect.map(
        look((abortSignal) => client.send(new GetQueryResultsCommand({ queryId, maxItems: pageSize, ...(nextToken === undefined ? {} : { nextToken }) }), { abortSignal })),
        ({ nextToken: next, results = [], statistics }): QueryPage => ({ rows: results, matched: statistics?.recordsMatched, next })
      )
  }
})
