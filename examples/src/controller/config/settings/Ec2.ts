import { defaults } from "@branchline/core/controller/Settings"
import * as Kind from "../Kind.js"
import { certain, possible } from "../Setting.js"

const minute = 60_000

const isCidr = (text: string): boolean => /^\d{1,3}(\.\d{1,3}){3}\/(1[6-9]|2[0-8])(@[a-z0-9-]+)?$/.test(text)

/** EC2, whether real or in memory. */
export const ec2 = {
  groupsPerInterface: certain({
    group: "EC2",
    kind: Kind.whole(1, 16),
    otherwise: defaults.groupsPerInterface,
    file: "ec2.groupsPerInterface",
    alsoFrom: ["GROUPS_PER_INTERFACE"],
    means: "The account's quota of security groups on one interface; more is warned about"
  }),
  limits: possible({
    group: "EC2",
    kind: Kind.text("file"),
    file: "ec2.limits",
    means: "A YAML or JSON file of instance types' limits, over the published table: {m9.large: {interfaces: 3, ipv4PerInterface: 20, branches: 9}}"
  }),
  sweepInterval: certain({
    group: "EC2",
    kind: Kind.duration(minute),
    otherwise: defaults.sweepInterval,
    file: "ec2.sweepInterval",
    alsoFrom: ["SWEEP_INTERVAL"],
    means: "How often leaked interfaces are looked for"
  }),
  ec2Pacing: certain({
    group: "EC2",
    kind: Kind.flag,
    otherwise: true,
    file: "ec2.pacing",
    alsoFrom: ["EC2_PACING"],
    means: "Call EC2 at the pace that it grants: its documented token buckets at first, then what is learned of them"
  })
}

/** EC2 in this process's memory (`--backend kubernetes`). */
export const ec2InMemory = {
  ec2Subnets: certain({
    group: "EC2 in memory",
    kind: Kind.list("cidr[@zone],…", "IPv4 CIDRs from /16 to /28, with a zone where there are several, such as 10.0.0.0/19@eu-west-1a", isCidr),
    otherwise: ["192.168.0.0/16"],
    file: "ec2.subnets",
    means: "Subnets of the EC2 in memory; nodes of other zones are in the first"
  }),
  ec2InstanceType: certain({
    group: "EC2 in memory",
    kind: Kind.text("type", "an instance type such as m5.large"),
    otherwise: "m5.large",
    file: "ec2.instanceType",
    means: "Instance type in the EC2 in memory of nodes that do not say theirs"
  }),
  ec2Latency: certain({
    group: "EC2 in memory",
    kind: Kind.duration(0, 5 * minute),
    otherwise: 0,
    file: "ec2.latency",
    means: "How long a call to the EC2 in this process's memory takes"
  }),
  ec2Throttle: certain({
    group: "EC2 in memory",
    kind: Kind.choice(["off", "documented"]),
    otherwise: "off",
    file: "ec2.throttle",
    means: "Whether the EC2 in this process's memory refuses calls as EC2's documented token buckets do"
  })
}
