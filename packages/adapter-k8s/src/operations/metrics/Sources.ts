import type { Effect } from "effect"
import type { ControllerService } from "@branchline/core/controller/Controller"
import type { PolicyIndex } from "@branchline/core/selection/PolicyIndex"

/** How the calls to the API server flow; `flow/Flow` tells it so. Times are milliseconds. */
export interface FlowReading {
  readonly lanes: Readonly<Record<string, {
    readonly waiting: number
    readonly sent: number
    readonly refused: number
    readonly waited: { readonly count: number; readonly millis: number }
  }>>
  readonly unheld: { readonly sent: number; readonly refused: number }
  readonly inFlight: number
}

/** What the webhook server is at; `webhook/WebhookServer` tells it so. Times are milliseconds since the epoch. */
export interface WebhookReading {
  readonly answers: ReadonlyArray<{ readonly path: string; readonly status: number; readonly count: number }>
  readonly inFlight: number
  readonly connections: number
  readonly failedHandshakes: number
  readonly certificateNotAfter: number
}

/** Who leads. */
export interface LeadershipReading {
  readonly leading: boolean
  /** Who holds the lease, as far as it is known. */
  readonly holder?: string | undefined
  /** Since when, milliseconds since the epoch. */
  readonly since?: number | undefined
}

/** The controller, as far as it is looked into. */
export type Observed = Pick<ControllerService, "knowledge" | "pacing" | "queue">

/** What is looked at when somebody asks; each is left out where there is no such thing in the process. */
export interface Sources {
  /** The controller that runs here; undefined while another replica leads. */
  readonly controller?: Effect.Effect<Observed | undefined> | undefined
  /** The policies of a replica that only waits and answers webhooks; the controller's where it is left out. */
  readonly policies?: Effect.Effect<PolicyIndex> | undefined
  readonly leadership?: Effect.Effect<LeadershipReading> | undefined
  readonly flow?: Effect.Effect<FlowReading> | undefined
  readonly webhook?: Effect.Effect<WebhookReading> | undefined
}
