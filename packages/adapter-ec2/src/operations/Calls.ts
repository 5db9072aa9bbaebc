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

const sending = (client: EC2Client, explain: Explain): Send => {
  const caller = { explain, clockOff: () => client.config.systemClockOffset }
  return (action, about, run) => call(action, about, caller, (abortSignal) => run(client, { abortSignal }))
}

/** Refusals are explained by whom they met: another account's messages are unreadable. */
export const makeCalls = ({ cluster, own }: Clients, explain: { readonly own: Explain; readonly cluster: Explain }): Calls => ({
  own: sending(own, explain.own),
  cluster: sending(cluster, explain.cluster)
})
