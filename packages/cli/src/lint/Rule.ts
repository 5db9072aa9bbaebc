import type { Place } from "./Place.js"
import type { Severity } from "./Severity.js"
import type { Subject } from "./Subject.js"

/** Something that a rule found. */
export interface Found {
  readonly place: Place
  /** One sentence: what is wrong. */
  readonly message: string
  /** What to do about it. */
  readonly mend: string
  /** Other places that have a part in it. */
  readonly related?: ReadonlyArray<{ readonly place: Place; readonly message: string }>
}

/** What can be wrong, and how it is found. */
export interface Rule {
  /** Kebab-case; also the name of its page in docs/cli/rules. */
  readonly id: string
  readonly severity: Severity
  /** What it finds, as the end of a sentence that begins with the rule: "a policy that …". */
  readonly finds: string
  /** What comes of it. */
  readonly why: string
  /** Where the fact is from. */
  readonly source: string
  /** What it lacks in order to judge this subject; undefined where it lacks nothing. */
  readonly lacks?: (subject: Subject) => string | undefined
  /** Pure and total. */
  readonly judge: (subject: Subject) => ReadonlyArray<Found>
}

/** Amazon's pages. */
export const pages = {
  sgp: "https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html",
  configure: "https://docs.aws.amazon.com/eks/latest/userguide/security-groups-pods-deployment.html",
  policy: "https://docs.aws.amazon.com/eks/latest/userguide/sg-pods-example-deployment.html",
  practices: "https://docs.aws.amazon.com/eks/latest/best-practices/sgpp.html",
  autoMode: "https://docs.aws.amazon.com/eks/latest/userguide/auto-sgp.html",
  quotas: "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html",
  cni: "https://github.com/aws/amazon-vpc-cni-k8s",
  controller: "https://github.com/aws/amazon-vpc-resource-controller-k8s",
  labels: "https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/"
} as const
