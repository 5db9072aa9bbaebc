import * as Kind from "../Kind.js"
import { certain, possible } from "../Setting.js"

const second = 1_000

/** A role's ARN. Source: IAM User Guide, "IAM identifiers". */
const isRole = (text: string): boolean => /^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/.test(text)

const bySdk = "as the AWS SDK finds it"

/** The real EC2 (`--backend aws`); whatever is left out the AWS SDK finds as its users know it. */
export const aws = {
  region: possible({
    group: "AWS",
    kind: Kind.text("name", "a Region such as eu-west-1", (text) => /^[a-z]{2,4}(-[a-z]+)+-\d+$/.test(text)),
    file: "aws.region",
    otherwiseText: `${bySdk} (AWS_REGION, the profile)`,
    means: "The Region of the nodes"
  }),
  ec2Endpoint: possible({
    group: "AWS",
    kind: Kind.url,
    file: "aws.ec2Endpoint",
    otherwiseText: "the Region's, or AWS_ENDPOINT_URL_EC2, or AWS_ENDPOINT_URL",
    means: "Where EC2 is; branchline-ec2 is one for trying out"
  }),
  stsEndpoint: possible({
    group: "AWS",
    kind: Kind.url,
    file: "aws.stsEndpoint",
    otherwiseText: "the Region's, or AWS_ENDPOINT_URL_STS, or AWS_ENDPOINT_URL",
    means: "Where STS is, which knows whose credentials are whose"
  }),
  profile: possible({
    group: "AWS",
    kind: Kind.text("name"),
    file: "aws.profile",
    otherwiseText: `${bySdk} (AWS_PROFILE)`,
    means: "The profile of the shared configuration files whose credentials are used"
  }),
  clusterRoleArn: possible({
    group: "AWS",
    kind: Kind.text("arn", "a role's ARN such as arn:aws:iam::111122223333:role/cluster", isRole),
    file: "aws.clusterRoleArn",
    otherwiseText: "the controller's own identity does everything",
    means: "A role that is assumed for everything but permissions and associations"
  }),
  clusterRoleExternalId: possible({
    group: "AWS",
    kind: Kind.text("id"),
    file: "aws.clusterRoleExternalId",
    means: "The external id that the cluster role's trust policy asks for"
  }),
  account: possible({
    group: "AWS",
    kind: Kind.text("id", "an account id of 12 digits", (text) => /^\d{12}$/.test(text)),
    file: "aws.account",
    otherwiseText: "STS is asked once",
    means: "The controller's own account, which is let attach the interfaces"
  }),
  fips: possible({
    group: "AWS",
    kind: Kind.flag,
    file: "aws.fips",
    otherwiseText: `${bySdk} (AWS_USE_FIPS_ENDPOINT)`,
    means: "Use endpoints with validated cryptography"
  }),
  dualstack: possible({
    group: "AWS",
    kind: Kind.flag,
    file: "aws.dualstack",
    otherwiseText: `${bySdk} (AWS_USE_DUALSTACK_ENDPOINT)`,
    means: "Use endpoints that are reached over IPv6, too"
  }),
  ec2Timeout: certain({
    group: "AWS",
    kind: Kind.duration(second),
    otherwise: 15 * second,
    file: "aws.timeout",
    means: "How long an answer of EC2's may take; then it is found out what became of the call"
  })
}
