import type { Mix } from "@branchline/adapter-memory/simulation"

/**
 * What lives this controller is meant to survive: it runs alone, without an election; it trusts that EC2 shows what was done, and takes no care of EC2's
 * rates. Its nodes ask by label, because it makes no CNINodes.
 */
export const mix: Mix = {
  spread: { min: 180, max: 300 },
  steps: { min: 6, max: 10 },
  troubles: { min: 6, max: 9 },
  quiet: 900,
  nodes: { min: 4, max: 4 },
  instanceTypes: { "m5.large": 1 },
  replicas: { "1": 1, "2": 0, "3": 0 },
  asks: { label: 1 },
  kubelets: { prompt: 7, late: 3 },
  idle: { off: 1 },
  ec2: {
    latency: { even: 1 },
    throttle: { off: 1 },
    lag: { chance: 0, most: 0 },
    vlanCooldown: { chance: 0, most: 0 },
    releaseDelay: { chance: 0, most: 0 }
  },
  kubernetes: { latency: { near: 1 } },
  workload: { burst: 4, deployment: 1, statefulset: 2, job: 1, scale: 3, roll: 3, evict: 3, replace: 2, reregister: 1 },
  trouble: { crash: 3, sight: 2, ec2: 4, kubernetes: 2, watches: 3 }
}
