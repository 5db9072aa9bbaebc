import type * as Sdk from "@aws-sdk/client-sts"
import { Effect } from "effect"
import type { AwsSettings } from "./AwsSettings.js"
import { common } from "./Clients.js"

/** Who the credentials are. */
export interface Identity {
  readonly account: string
  readonly arn: string
}

/** STS, loaded by those who ask: a controller that is told its account does without. */
export interface Sts {
  readonly identity: (abortSignal: AbortSignal) => Promise<Identity>
  /** What an encoded authorization message says, as JSON; needs the right to `sts:DecodeAuthorizationMessage`. */
  readonly decode: (encoded: string) => Effect.Effect<string, unknown>
}

export const make = (settings: AwsSettings): Sts => {
  const { requestTimeout = 15_000 } = settings
  const ask = async <A>(run: (sdk: typeof Sdk, client: Sdk.STSClient) => Promise<A>): Promise<A> => {
    const sdk = await import("@aws-sdk/client-sts")
    const client = new sdk.STSClient({ ...common(settings), ...(settings.stsEndpoint === undefined ? {} : { endpoint: settings.stsEndpoint }) })
    return run(sdk, client).finally(() => client.destroy())
  }
  return {
    identity: (abortSignal) =>
      ask(async ({ GetCallerIdentityCommand }, client) => {
        const { Account = "", Arn = "" } = await client.send(new GetCallerIdentityCommand({}), { abortSignal, requestTimeout })
        return { account: Account, arn: Arn }
      }),
    decode: (encoded) =>
      Effect.tryPromise((abortSignal) =>
        ask(async ({ DecodeAuthorizationMessageCommand }, client) => {
          const { DecodedMessage = "" } = await client.send(new DecodeAuthorizationMessageCommand({ EncodedMessage: encoded }), { abortSignal, requestTimeout })
          return DecodedMessage
        }))
  }
}
