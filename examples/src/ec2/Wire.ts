import type { Ec2Error } from "@branchline/core/ports/Ec2Error"
import { Ec2Error as Failure } from "@branchline/core/ports/Ec2Error"
import { Result, Schema } from "effect"

/**
 * How a call travels: `POST /port/<method>` or `POST /control/<method>`, the arguments as a JSON array. The answer is one of {@link Reply};
 * a path or a body that makes no sense gets a 4xx with `message`.
 */
const Thing = Schema.Literals(["instance", "subnet", "security group", "trunk", "branch", "interface", "association"])

const Reason = Schema.Union([
  Schema.Struct({
    _tag: Schema.Literals([
      "Throttled",
      "Unauthorized",
      "Unauthenticated",
      "TooManyGroups",
      "LimitReached",
      "AlreadyAssociated",
      "TokenSpent",
      "InUse",
      "Rejected",
      "Unavailable",
      "UnknownOutcome"
    ])
  }),
  Schema.Struct({ _tag: Schema.Literal("SubnetFull"), subnetId: Schema.String }),
  Schema.Struct({ _tag: Schema.Literal("NotFound"), thing: Thing, id: Schema.String }),
  Schema.Struct({ _tag: Schema.Literal("Taken"), what: Schema.Literals(["vlan", "device index"]) })
])

const Refused = Schema.Struct({
  action: Schema.String,
  code: Schema.String,
  reason: Reason,
  message: Schema.String,
  requestId: Schema.optionalKey(Schema.String)
})

const Reply = Schema.Union([
  Schema.Struct({ refused: Refused }),
  // JSON knows no undefined: a call without an answer has none here either.
  Schema.Struct({ answer: Schema.optionalKey(Schema.Unknown) })
])

const decodeReply = Schema.decodeUnknownResult(Schema.fromJsonString(Reply))

/** An answer as it is sent. */
export const answered = (answer: unknown): string => JSON.stringify({ answer })

/** EC2's refusal as it is sent. */
export const refused = ({ action, code, message, reason, requestId }: Ec2Error): string =>
  JSON.stringify({ refused: { action, code, reason, message, requestId } })

/** What {@link answered} or {@link refused} sent; undefined where the text is neither. */
export const readReply = (text: string): Result.Result<unknown, Ec2Error> | undefined => {
  const decoded = decodeReply(text)
  if (Result.isFailure(decoded)) return undefined
  const reply = decoded.success
  return "refused" in reply ? Result.fail(new Failure({ ...reply.refused })) : Result.succeed(reply.answer)
}

const decodeArguments = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Array(Schema.Unknown)))

/** The arguments of a call; an empty body is none. */
export const readArguments = (text: string): Result.Result<ReadonlyArray<unknown>, string> =>
  text === "" ? Result.succeed([]) : Result.mapError(decodeArguments(text), () => "the body has to be a JSON array: the arguments, in order")
