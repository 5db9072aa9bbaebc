import { EC2Client, EC2ServiceException } from "@aws-sdk/client-ec2"
import { STSClient, STSServiceException } from "@aws-sdk/client-sts"
import { connect, type RemoteControl } from "@branchline/adapter-memory/ec2-control"
import * as Ec2Server from "@branchline/adapter-memory/ec2-server"
import { Clock, DateTime, Effect, Exit, Scope } from "effect"
import { afterEach } from "vitest"

export const region = "eu-west-1"

/** An AWS identity; any secret is right. */
export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}
export const anybody: Credentials = { accessKeyId: "AKIATEST", secretAccessKey: "secret" }

/** A server on a free port of loopback, and AWS's own clients of it. */
export interface Serving extends Ec2Server.Ec2Server {
  readonly control: RemoteControl
  /** It asks once; `attempts` lets it try again. */
  readonly ec2Client: (options?: { readonly credentials?: Credentials; readonly region?: string; readonly attempts?: number; readonly clockOffset?: number }) => EC2Client
  readonly stsClient: (credentials?: Credentials) => STSClient
  readonly close: () => Promise<void>
}

const cleanups: Array<() => Promise<void>> = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

/** Serves until the test is over. */
export const serving = async (options: Ec2Server.Ec2ServerOptions = {}): Promise<Serving> => {
  const scope = Scope.makeUnsafe()
  const server = await Effect.runPromise(Scope.provide(Ec2Server.make({ region, throttle: "off", attachDelay: 0, ...options }), scope))
  const clients: Array<{ readonly destroy: () => void }> = []
  const kept = <A extends { readonly destroy: () => void }>(client: A): A => {
    clients.push(client)
    return client
  }
  const close = async (): Promise<void> => {
    for (const client of clients) client.destroy()
    await Effect.runPromise(Scope.close(scope, Exit.void))
  }
  cleanups.push(close)
  return {
    ...server,
    control: connect(server.url),
    ec2Client: ({ attempts = 1, clockOffset = 0, credentials = anybody, region: where = region } = {}) =>
      kept(new EC2Client({ endpoint: server.url, region: where, credentials, maxAttempts: attempts, systemClockOffset: clockOffset })),
    stsClient: (credentials = anybody) => kept(new STSClient({ endpoint: server.url, region, credentials, maxAttempts: 1 })),
    close
  }
}

export const run = <A, E>(effect: Effect.Effect<A, E>): Promise<A> => Effect.runPromise(effect)

/** What a call came to: `done`, a code with its status, or how the connection ended. */
export const outcome = async (call: Promise<unknown>): Promise<string> => {
  try {
    await call
    return "done"
  } catch (error) {
    if (error instanceof EC2ServiceException || error instanceof STSServiceException) return `${error.name} ${error.$metadata.httpStatusCode}`
    return error instanceof Error && "code" in error ? String(error.code) : String(error)
  }
}

/** A subnet, a group and an m5.large. */
export const furnished = async (options: Ec2Server.Ec2ServerOptions = {}) => {
  const made = await serving(options)
  const { subnetId } = await run(made.control.addSubnet({ cidr: "10.0.0.0/16" }))
  const groupId = await run(made.control.addSecurityGroup())
  const { instanceId } = await run(made.control.launchInstance({ type: "m5.large", subnetId }))
  return { ...made, subnetId, groupId, instanceId }
}

/** Milliseconds since the epoch. */
export const present = (): Promise<number> => run(Clock.currentTimeMillis)

/** The headers of a request that somebody signed, so many milliseconds from now. */
export const signed = async (offset = 0, credential = `AKIATEST/20260101/${region}/ec2/aws4_request`): Promise<Record<string, string>> => ({
  "authorization": `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host;x-amz-date, Signature=0`,
  "x-amz-date": DateTime.formatIso(DateTime.makeUnsafe((await present()) + offset)).replace(/[-:]|\.\d+/g, "")
})

/** A form as it stands, signed unless headers are given: status, and the code or what is there instead. */
export const post = async (url: string, body: string, headers?: Record<string, string>): Promise<string> => {
  const response = await fetch(url, { method: "POST", body, headers: { ...(headers ?? await signed()), "content-type": "application/x-www-form-urlencoded" } })
  const text = await response.text()
  return `${response.status} ${/<Code>(.*)<\/Code>/.exec(text)?.[1] ?? /<(\w+Response)/.exec(text)?.[1] ?? text.trim()}`
}
