import type { EC2Client } from "@aws-sdk/client-ec2"
import type * as Sdk from "@aws-sdk/client-sts"
import { Effect } from "effect"
import { call } from "../Call.js"
import { refusedBy } from "../errors/Authorization.js"
import { type AccessError } from "./AccessError.js"
import type { AwsSettings } from "./AwsSettings.js"
import { type Clients, forSts } from "./Clients.js"
import { accessError } from "./Trouble.js"

/** Who the credentials are. */
export interface Identity {
  readonly account: string
  readonly arn: string
}

/** STS, loaded by those who ask: a controller that is told its account does without. */
export interface Sts {
  /** Asks once. */
  readonly identity: Effect.Effect<Identity, AccessError>
  /** Asks, as this client's calls are made, what an encoded authorization message says, as JSON; needs the right to `sts:DecodeAuthorizationMessage`. */
  readonly decodeAs: (asked: EC2Client) => (encoded: string) => Effect.Effect<string, unknown>
}

/** Fails with {@link AccessError} where STS does not tell. */
export const makeSts = ({ handler, own }: Clients, settings: AwsSettings): Sts => {
  /** Shares the connections of the calls, so it is not closed alone. */
  const asking = async <A>(as: EC2Client, run: (sdk: typeof Sdk, client: Sdk.STSClient) => Promise<A>): Promise<A> => {
    const sdk = await import("@aws-sdk/client-sts")
    return run(sdk, new sdk.STSClient({ ...forSts(settings), maxAttempts: 1, credentials: as.config.credentials, requestHandler: handler }))
  }
  const off = { current: 0 }
  const caller = { explain: (action: string, message: string) => Effect.succeed(refusedBy(message, action)), clockOff: () => off.current }
  return {
    identity: Effect.mapError(
      call("GetCallerIdentity", {}, caller, (abortSignal) =>
        asking(own, async ({ GetCallerIdentityCommand }, client) => {
          const { Account = "", Arn = "" } = await client.send(new GetCallerIdentityCommand({}), { abortSignal }).finally(() => {
            off.current = client.config.systemClockOffset
          })
          return { account: Account, arn: Arn }
        })),
      (error) => accessError(error, settings.stsEndpoint ?? "STS")
    ),
    decodeAs: (asked) => (encoded) =>
      Effect.tryPromise((abortSignal) =>
        asking(asked, async ({ DecodeAuthorizationMessageCommand }, client) => {
          const { DecodedMessage = "" } = await client.send(new DecodeAuthorizationMessageCommand({ EncodedMessage: encoded }), { abortSignal })
          return DecodedMessage
        }))
  }
}
