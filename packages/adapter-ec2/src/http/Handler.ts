import { Agent as HttpAgent } from "node:http"
import { Agent as HttpsAgent } from "node:https"
import { NodeHttpHandler } from "@smithy/node-http-handler"

/** How connections are made and how long they are waited for; times are milliseconds. */
export interface Connections {
  /** How long a connection may take to come about; 3 seconds by default. */
  readonly connectTimeout?: number | undefined
  /** How long an answer may take to begin, the wait for a free connection included, and how long it may stand still; 15 seconds by default. */
  readonly requestTimeout?: number | undefined
  /** Connections at most, 256 by default: calls beyond that wait. */
  readonly connections?: number | undefined
}

/** The SDK's way to the wire: connections that are kept, and nothing that is waited for without end. */
export const makeHandler = ({ connections = 256, connectTimeout = 3_000, requestTimeout = 15_000 }: Connections): NodeHttpHandler => {
  const agent = { keepAlive: true, maxSockets: connections }
  return new NodeHttpHandler({
    connectionTimeout: connectTimeout,
    requestTimeout,
    // Else it only warns.
    throwOnRequestTimeout: true,
    // The other bound ends with the answer's head.
    socketTimeout: requestTimeout,
    httpAgent: new HttpAgent(agent),
    httpsAgent: new HttpsAgent(agent),
    // Waiting for a connection is no news: the core paces the calls.
    socketAcquisitionWarningTimeout: 60 * 60_000
  })
}
