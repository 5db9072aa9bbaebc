import type { EC2Client } from "@aws-sdk/client-ec2"
import { Effect } from "effect"
import type { AccessError } from "./AccessError.js"
import { badRegion, noRegion } from "./Trouble.js"

/** The Region that the client found. */
export const regionOf = ({ config }: EC2Client): Effect.Effect<string, AccessError> =>
  Effect.tryPromise({
    try: () => config.region(),
    catch: (error) => {
      const words = error instanceof Error ? error.message : String(error)
      return words.includes("missing") ? noRegion() : badRegion(words)
    }
  })

/** Where the client's calls go: for people, so nothing fails. Source: AWS SDKs Reference Guide, "Service-specific endpoints". */
export const endpointOf = ({ config }: EC2Client, region: string): Effect.Effect<string> =>
  Effect.tryPromise(async () => {
    const configured = await config.serviceConfiguredEndpoint?.()
    const [UseFIPS, UseDualStack] = await Promise.all([config.useFipsEndpoint(), config.useDualstackEndpoint()])
    return configured ?? config.endpointProvider({ Region: region, UseFIPS, UseDualStack }).url.origin
  }).pipe(Effect.orElseSucceed(() => "an unknown endpoint"))
