import { Console, Effect, Option, type Scope } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import type { Answer } from "../output/Answer.js"
import { CouldNotLook } from "../output/CouldNotLook.js"
import type { From, Judged } from "../trace/Ask.js"
import { PodTrace } from "../trace/pod/Schema.js"
import type { Whose } from "../trace/read/Wanted.js"
import { lengthOf, moment } from "../trace/source/TimeRange.js"
import { Window } from "../trace/window/Summary.js"
import { answering, type Input, type Listed } from "./Answering.js"

const text = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description), Flag.map(Option.some), Flag.withDefault(Option.none<string>()))

const length = (name: string, description: string) =>
  Flag.String(name).pipe(
    Flag.filterMap((given) => Option.fromUndefinedOr(lengthOf(given)), () => "a length of time such as 90s, 15m, 2h or 1d"),
    Flag.withMetavar("duration"),
    Flag.withDescription(description)
  )

const time = (name: string, description: string) =>
  Flag.String(name).pipe(
    Flag.filterMap((given) => Option.fromUndefinedOr(moment(given)), () => "a moment such as 2026-01-15T12:00:00Z"),
    Flag.withMetavar("time"),
    Flag.withDescription(description),
    Flag.map(Option.some),
    Flag.withDefault(Option.none<number>())
  )

const flags = {
  logGroup: text("log-group", "name", "Ask CloudWatch Logs Insights instead of reading files: /aws/eks/<cluster>/cluster. Needs --since or --from"),
  since: length("since", "Only what happened so long before now, or before --to").pipe(Flag.map(Option.some), Flag.withDefault(Option.none<number>())),
  from: time("from", "Only from this moment on; UTC where it has no offset"),
  to: time("to", "Only up to this moment"),
  controller: Flag.String("controller").pipe(Flag.withMetavar("user"), Flag.withDescription("Another user who may write annotations; may be given again"), Flag.atLeast(0)),
  stuckAfter: length("stuck-after", "How long a pod may wait for its node or its annotation. Default: 60s").pipe(Flag.withDefault(60_000)),
  region: text("region", "name", "CloudWatch's Region. Default: as the AWS SDK finds it"),
  profile: text("profile", "name", "A profile of the AWS configuration"),
  endpointUrl: text("endpoint-url", "url", "Where CloudWatch Logs is, for a private endpoint or a test"),
  quiet: Flag.Boolean("quiet").pipe(Flag.withAlias("q"), Flag.withDescription("No progress on standard error"), Flag.withDefault(false))
}

const fromOf = (asked: Input<typeof flags>, files: ReadonlyArray<string>): From => ({
  files,
  logGroup: Option.getOrUndefined(asked.logGroup),
  region: Option.getOrUndefined(asked.region),
  profile: Option.getOrUndefined(asked.profile),
  endpoint: Option.getOrUndefined(asked.endpointUrl),
  since: Option.getOrUndefined(asked.since),
  from: Option.getOrUndefined(asked.from),
  to: Option.getOrUndefined(asked.to),
  progress: asked.quiet ? undefined : (line) => Console.error(line),
  poll: 1_000
})

const judgedOf = ({ controller, stuckAfter }: Input<typeof flags>): Judged => ({ controllers: controller, stuckAfter })

/** A name comes first, unless the pod is asked for by its UID; the rest are files. */
const whoseOf = (words: ReadonlyArray<string>, uid: Option.Option<string>, namespace: string): Effect.Effect<{ readonly whose: Whose; readonly files: ReadonlyArray<string> }, CouldNotLook> => {
  if (Option.isSome(uid)) return Effect.succeed({ whose: { _tag: "Uid", uid: uid.value }, files: words })
  const [first, ...files] = words
  if (first === undefined) return Effect.fail(new CouldNotLook({ message: "whose story?", mend: "say the pod's name, or --uid" }))
  const [before, after] = first.split("/")
  // `pod/web-1`, as kubectl prints it.
  const name = after !== undefined && (before === "pod" || before === "pods") ? after : first
  return Effect.succeed({ whose: { _tag: "Name", namespace, name }, files })
}

const inputs = "Records: audit.k8s.io/v1 Events as JSON lines or in an EventList, exports of CloudWatch Logs, and `kubectl get events -o json`; gzipped or not."

const pod = answering({
  name: "pod",
  description: `The story of one pod in audit records: creation and what each webhook did, binding, annotation, events, status, deletion, with the milliseconds between and who did it.\n\n${inputs} ` +
    "Pods that bore the name one after the other are told apart by their UIDs. There is something to look into where the pod slipped through, is stuck, ended without its annotation, or somebody else wrote that.",
  examples: [
    { command: "branchline trace pod web-1 -n shop audit.log", description: "From the API server's own log" },
    { command: "branchline trace pod web-1 -n shop exported/*.gz", description: "From files in any order" },
    { command: "branchline trace pod --uid 1ccb4991-6bac-4146-9b2e-30ed14b9031b audit.log", description: "One bearer of a name that several had" },
    { command: "branchline trace pod web-1 --log-group /aws/eks/prod/cluster --since 2h", description: "From CloudWatch Logs" },
    { command: "kubectl get events -o json | branchline trace pod web-1 audit.log -", description: "With the events, which EKS leaves out of its audit log" }
  ],
  flags: {
    words: Argument.String("name and files").pipe(Argument.withDescription("The pod's name (not with --uid), and the files; - is standard input"), Argument.atLeast(0)),
    namespace: Flag.String("namespace").pipe(Flag.withAlias("n"), Flag.withMetavar("name"), Flag.withDescription("The pod's namespace. Default: default"), Flag.withDefault("default")),
    uid: text("uid", "uid", "The pod by its UID instead of its name: only records that tell it count"),
    ...flags
  },
  schema: PodTrace,
  answer: Effect.fnUntraced(function*(asked): Effect.fn.Return<Answer<PodTrace>, CouldNotLook, Command.Environment | Scope.Scope> {
    const { files, whose } = yield* whoseOf(asked.words, asked.uid, asked.namespace)
    const { tracePod } = yield* Effect.promise(() => import("../trace/Ask.js"))
    return yield* tracePod(fromOf(asked, files), whose, judgedOf(asked))
  })
})

const window = answering({
  name: "window",
  description: "What happened in a stretch of time: latencies from creation to annotation, pods that slipped through while the webhook failed open, the stuck, the slowest, annotations that somebody else wrote, " +
    `capacities, CNINodes, policies, and who did what.\n\n${inputs} Gigabytes are read in bounded memory.`,
  examples: [
    { command: "branchline trace window audit.log", description: "All of a file" },
    { command: "branchline trace window --from 2026-01-15T02:00 --to 2026-01-15T03:00 exported/*.gz", description: "Last night's hour" },
    { command: "branchline trace window --log-group /aws/eks/prod/cluster --since 1h", description: "From CloudWatch Logs" },
    { command: "branchline trace window audit.log -o json | jq .latencies.createToAnnotated.p99", description: "A figure for a program" }
  ],
  flags: {
    files: Argument.String("files").pipe(Argument.withDescription("Files; - is standard input"), Argument.atLeast(0)),
    top: Flag.Int("top").pipe(
      Flag.filter((top) => top >= 1 && top <= 1_000, () => "a number from 1 to 1000"),
      Flag.withMetavar("n"),
      Flag.withDescription("How many of each list are told. Default: 10"),
      Flag.withDefault(10)
    ),
    pods: Flag.Int("pods").pipe(
      Flag.filter((most) => most >= 1_000 && most <= 10_000_000, () => "a number from 1000 to 10000000"),
      Flag.withMetavar("n"),
      Flag.withDescription("How many pods are kept in memory at once, about 1 kB each. Default: 20000"),
      Flag.withDefault(20_000)
    ),
    ...flags
  },
  schema: Window,
  answer: Effect.fnUntraced(function*(asked): Effect.fn.Return<Answer<Window>, CouldNotLook, Command.Environment | Scope.Scope> {
    const { traceWindow } = yield* Effect.promise(() => import("../trace/Ask.js"))
    return yield* traceWindow(fromOf(asked, asked.files), { ...judgedOf(asked), top: asked.top, most: asked.pods })
  })
})

/** `trace pod NAME` and `trace window`. */
export const trace: Listed = {
  command: Command.make("trace").pipe(
    Command.withDescription("What really happened, by the API server's audit records: one pod's story, or a whole stretch of time."),
    Command.withSubcommands([pod.command, window.command])
  ),
  answers: { "trace-pod": PodTrace, "trace-window": Window }
}
