import type { Cause } from "@branchline/core/explain/Cause"

/** Where something is written down. */
export interface Reference {
  readonly title: string
  readonly url: string
}

const eks = "https://docs.aws.amazon.com/eks/latest"

const considerations: Reference = { title: "Amazon EKS User Guide, Assign security groups to individual Pods (considerations)", url: `${eks}/userguide/security-groups-for-pods.html` }
const setUp: Reference = { title: "Amazon EKS User Guide, Configure the VPC CNI plugin for security groups for Pods", url: `${eks}/userguide/security-groups-pods-deployment.html` }
const policies: Reference = { title: "Amazon EKS User Guide, Use a security group policy for a Pod", url: `${eks}/userguide/sg-pods-example-deployment.html` }
const practices: Reference = { title: "Amazon EKS Best Practices, Security groups per Pod", url: `${eks}/best-practices/sgpp.html` }
const customNetworking: Reference = { title: "Amazon EKS User Guide, Customize the secondary network interface in nodes", url: `${eks}/userguide/cni-custom-network.html` }
const autoMode: Reference = { title: "Amazon EKS User Guide, Assign security groups to individual Pods in EKS Auto Mode", url: `${eks}/userguide/auto-sgp.html` }
const role: Reference = { title: "AWS Managed Policy Reference, AmazonEKSVPCResourceController", url: "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEKSVPCResourceController.html" }
const quotas: Reference = { title: "Amazon VPC User Guide, Amazon VPC quotas", url: "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html" }
const subnets: Reference = { title: "Amazon VPC User Guide, Subnet CIDR blocks", url: "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html" }
const errors: Reference = { title: "Amazon EC2 API Reference, Error codes", url: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html" }
const webhooks: Reference = {
  title: "Kubernetes, Dynamic Admission Control, failure policy",
  url: "https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#failure-policy"
}
const selectors: Reference = { title: "Kubernetes, Labels and Selectors", url: "https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors" }
const rbac: Reference = { title: "Kubernetes, Using RBAC Authorization", url: "https://kubernetes.io/docs/reference/access-authn-authz/rbac/" }
const extended: Reference = {
  title: "Kubernetes, Extended resources",
  url: "https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#extended-resources"
}
const troubleshooting: Reference = { title: "amazon-vpc-cni-k8s, Troubleshooting", url: "https://github.com/aws/amazon-vpc-cni-k8s/blob/master/docs/troubleshooting.md" }
const scheduling: Reference = { title: "Kubernetes, Debug Pods, my pod stays pending", url: "https://kubernetes.io/docs/tasks/debug/debug-application/debug-pods/" }

const ofCode = (code: string | undefined): Reference => {
  switch (code) {
    case "UnauthorizedOperation":
      return role
    case "SecurityGroupsPerInterfaceLimitExceeded":
    case "NetworkInterfaceLimitExceeded":
      return quotas
    case "InsufficientFreeAddressesInSubnet":
    case "InsufficientCidrBlocks":
      return subnets
    case "InvalidGroup.NotFound":
      return policies
    default:
      return errors
  }
}

/** Where a cause is written down; undefined where all is well. */
export const documentationOf = (cause: Cause): Reference | undefined => {
  switch (cause._tag) {
    case "Served":
      return cause.wouldGet === undefined ? undefined : considerations
    case "NodeReady":
    case "PolicyServes":
    case "Finished":
    case "ShuttingDown":
    case "PodAbsent":
    case "PolicyAbsent":
      return undefined
    case "NotLooked":
    case "ServiceAccountsNotLooked":
    case "AnnouncementFails":
      return rbac
    case "NotSelected":
    case "NoPolicyYet":
    case "SelectsNothing":
    case "PolicyInvalid":
      return selectors
    case "AdmissionMissed":
      return cause.why === "policy came later" ? policies : webhooks
    case "PodsWithout":
    case "GroupsUnusable":
      return policies
    case "UnionOverQuota":
      return quotas
    case "FeatureOff":
    case "NotAsked":
    case "CNINodeAbsent":
      return setUp
    case "AutoMode":
      return autoMode
    case "EniConfigUnnamed":
    case "EniConfigUnusable":
      return customNetworking
    case "NoTrunk":
      return cause.failure?.includes("UnauthorizedOperation") === true ? role : setUp
    case "AllocationFails":
      return ofCode(cause.code)
    case "SubnetEmpty":
      return subnets
    case "NotFirstContainer":
    case "NoNodeOffers":
    case "AllNodesTaken":
    case "CapacityNotPublished":
    case "CapacityNotAllocatable":
      return extended
    case "NotScheduled":
      return scheduling
    case "Sandbox":
    case "AnnotationUnreadable":
    case "AnnotationLost":
    case "AnnotationOfAnotherBranch":
      return troubleshooting
    case "SlotCooling":
    case "SlotLeaving":
    case "SlotsTaken":
    case "SlotsTakenAsTold":
    case "VlanIdsQuarantined":
    case "PreviousBranch":
    case "PodsInLine":
    case "NoDeviceSlot":
      return practices
    default:
      return considerations
  }
}
