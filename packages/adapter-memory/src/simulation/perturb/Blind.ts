import type { Ec2 } from "@branchline/core/ports/Ec2"
import { Effect } from "effect"

/** The port whose describes leave out the interfaces and instances that are hidden now. */
export const withHidden = (port: Ec2["Service"], hidden: ReadonlySet<string>): Ec2["Service"] => ({
  ...port,
  describeInstances: (instanceIds) => Effect.map(port.describeInstances(instanceIds), (found) => found.filter(({ instanceId }) => !hidden.has(instanceId))),
  describeInterfaces: (filter) => Effect.map(port.describeInterfaces(filter), (found) => found.filter(({ eniId }) => !hidden.has(eniId)))
})
