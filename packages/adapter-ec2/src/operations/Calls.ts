import type { EC2Client } from "@aws-sdk/client-ec2"
import type { Ec2Error } from "@branchline/core/ports/Ec2Error"
import type { Effect } from "effect"
import type { Clients } from "../access/Clients.js"
import { call, type Explain } from "../Call.js"
import type { About } from "../errors/Classify.js"

/** Sends one command, as the action is called. */
export type Send = <A>(
  action: string,
  about: About,
  run: (client: EC2Client, options: { readonly abortSignal: AbortSignal }) => Promise<A>
) => Effect.Effect<A, Ec2Error>

/** Calls by whose they are (contract §6). */
export interface Calls {
  readonly own: Send
  readonly cluster: Send
}

export const makeCalls = ({ cluster, own }: Clients, explain: Explain): Calls => {
  const sending = (client: EC2Client): Send => (action, about, run) => call(action, about, explain, (abortSignal) => run(client, { abortSignal }))
  return { own: sending(own), cluster: sending(cluster) }
}
