import { Effect } from "effect"
import { aroundEc2 } from "@branchline/core/ports/AroundEc2"
import type { Ec2 } from "@branchline/core/ports/Ec2"
import { ec2Actions } from "@branchline/core/ports/Ec2Actions"

/** The port, with a span for every call: `ec2 CreateNetworkInterface`, by the names that OpenTelemetry has for calls. */
export const traceEc2 = (ec2: Ec2["Service"]): Ec2["Service"] =>
  aroundEc2(ec2, (method, call) => {
    const action = ec2Actions[method]
    const attributes = { "rpc.system": "aws-api", "rpc.service": "EC2", "rpc.method": action }
    return call.pipe(Effect.withSpan(`ec2 ${action}`, { kind: "client", attributes }, { captureStackTrace: false }))
  })
