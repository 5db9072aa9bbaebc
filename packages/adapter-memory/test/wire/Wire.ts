import { EC2Client, EC2ServiceException } from "@aws-sdk/client-ec2"
import { open, type OpenedEc2 } from "@branchline/adapter-memory/ec2/MemoryEc2"
import type { Ec2Options } from "@branchline/adapter-memory/ec2/Settings"
import { type Authorize, type Dispatch, makeDispatch, type WireResponse } from "@branchline/adapter-memory/wire/Dispatch"
import { readForm } from "@branchline/adapter-memory/wire/Form"
import type { InstanceId, SecurityGroupId } from "@branchline/core/model/Ids"
import { Effect } from "effect"
import { strangeIn } from "./Model.js"

/** The wire's pure half with AWS's own SDK before it, without a network between them. */
export interface Wire extends OpenedEc2 {
  readonly client: EC2Client
  readonly dispatch: Dispatch
  /** A form as it stands, and the raw answer. */
  readonly ask: (form: string, authorize?: Authorize) => Promise<WireResponse>
  /** The answers that the SDK got, the last one last. */
  readonly answers: ReadonlyArray<WireResponse>
}

export const region = "us-west-2"

/** Every answer to the SDK is held against the published model; one that does not fit fails the call. */
export const wire = async (options: Ec2Options = {}, authorize?: Authorize): Promise<Wire> => {
  const opened = await Effect.runPromise(open({ seed: "wire", throttle: "off", attachDelay: 0, ...options }))
  const dispatch = makeDispatch(opened, { region })
  const ask: Wire["ask"] = (form, may) => Effect.runPromise(dispatch.handle(readForm(form), may))
  const answers: Array<WireResponse> = []
  const client = new EC2Client({
    region,
    credentials: { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secret" },
    maxAttempts: 1,
    requestHandler: {
      handle: async ({ body }: { readonly body?: unknown }) => {
        const form = String(body)
        const answer = await ask(form, authorize)
        answers.push(answer)
        const strange = answer.status === 200 ? strangeIn(readForm(form).text("Action") ?? "", answer.body) : []
        if (strange.length > 0) throw new Error(`not as the model has it: ${strange.join("; ")}\n${answer.body}`)
        return { response: { statusCode: answer.status, headers: { ...answer.headers }, body: new TextEncoder().encode(answer.body) } }
      }
    }
  })
  return { ...opened, client, dispatch, ask, answers }
}

/** A wire with a subnet, a group and an m5.large. */
export const furnished = async (options: Ec2Options = {}, authorize?: Authorize) => {
  const made = await wire(options, authorize)
  const { control } = made.ec2
  const { subnetId, vpcId } = await Effect.runPromise(control.addSubnet({ cidr: "10.0.0.0/20" }))
  const groupId: SecurityGroupId = await Effect.runPromise(control.addSecurityGroup({ vpcId }))
  const { instanceId }: { readonly instanceId: InstanceId } = await Effect.runPromise(control.launchInstance({ type: "m5.large", subnetId }))
  return { ...made, subnetId, vpcId, groupId, instanceId }
}

/** What EC2 refused a call with. */
export const refusal = async (call: Promise<unknown>): Promise<{ readonly code: string; readonly status: number | undefined; readonly message: string }> => {
  try {
    await call
  } catch (error) {
    if (error instanceof EC2ServiceException) return { code: error.name, status: error.$metadata.httpStatusCode, message: error.message }
    throw error
  }
  throw new Error("the call was not refused")
}
