/**
 * Names that other programs depend on, to the letter.
 *
 * Source: contract §2 and §6.
 */

export const podEni = "vpc.amazonaws.com/pod-eni"
export const privateIPv4Address = "vpc.amazonaws.com/PrivateIPv4Address"

export const hasTrunkAttachedLabel = "vpc.amazonaws.com/has-trunk-attached"
export const eniConfigLabel = "vpc.amazonaws.com/eniConfig"
export const osLabel = "kubernetes.io/os"
export const betaOsLabel = "beta.kubernetes.io/os"
export const computeTypeLabel = "eks.amazonaws.com/compute-type"

export const fargateProfileLabel = "eks.amazonaws.com/fargate-profile"
export const fargateGroupsAnnotation = "fargate.amazonaws.com/pod-sg"

/** Set by kubelet on the API copy of a static pod. Source: Kubernetes, "Well-Known Labels, Annotations and Taints". */
export const mirrorPodAnnotation = "kubernetes.io/config.mirror"

export const securityGroupsForPodsFeature = "SecurityGroupsForPods"
export const customNetworkingFeature = "CustomNetworking"
export const cniNodeFinalizer = "networking.k8s.aws/resource-cleanup"
export const cniNodeClusterTag = "cluster.k8s.amazonaws.com/name"
export const instanceIdTag = "node.k8s.amazonaws.com/instance_id"

export const ownerTag = "eks:eni:owner"
export const ownerTagValue = "eks-vpc-resource-controller"
export const cniOwnerTagValue = "amazon-vpc-cni"
export const vlanIdTag = "vpcresources.k8s.aws/vlan-id"
export const trunkEniIdTag = "vpcresources.k8s.aws/trunk-eni-id"
export const clusterTag = (clusterName: string): string => `kubernetes.io/cluster/${clusterName}`
export const clusterTagValue = "owned"

/** Branchline's own tag on a branch: `<pod UID>/<attempt>`, the claim by which a lost create is found again. */
export const allocationTag = "branchline/allocation"

export const trunkDescription = "aws-k8s-trunk-eni"
export const branchDescription = "aws-k8s-branch-eni"

export const controllerIdentities: ReadonlyArray<string> = [
  "system:serviceaccount:kube-system:eks-vpc-resource-controller",
  "system:serviceaccount:kube-system:vpc-resource-controller",
  "eks:vpc-resource-controller"
]
export const nodeAgentIdentity = "system:serviceaccount:kube-system:aws-node"

export const leaderLease = { namespace: "kube-system", name: "cp-vpc-resource-controller" } as const
export const configMap = { namespace: "kube-system", name: "amazon-vpc-cni" } as const

export const eventComponent = "vpc-resource-controller"

export const mutatingWebhookConfiguration = "vpc-resource-mutating-webhook"
export const validatingWebhookConfiguration = "vpc-resource-validating-webhook"
export const mutatePodWebhook = { name: "mpod.vpc.k8s.aws", path: "/mutate-v1-pod" } as const
export const validatePodWebhook = { name: "vpod.vpc.k8s.aws", path: "/validate-v1-pod" } as const
export const validateNodeWebhook = { name: "vnode.vpc.k8s.aws", path: "/validate-v1-node" } as const
