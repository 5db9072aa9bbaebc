import { type Mix, usual } from "./Mix.js"

/**
 * A cluster to which people do what nobody should: annotations, tags and texts are spoilt, EC2 or the API server is away for an hour, a second controller knows no
 * Lease, nodes are asked for more than they carry.
 */
export const rough = {
  ...usual,
  // Clusters so small that they are full, and more trouble in them.
  least: { nodes: 2, podLives: 15, faults: 5, quiet: 1_200 },
  troubles: { min: 5, max: 9 },
  quiet: 1_500,
  nodes: { min: 1, max: 3 },
  instanceTypes: { "m5.large": 5, "g5.xlarge": 5 },
  ec2: {
    ...usual.ec2,
    lag: { chance: 0.6, most: 10 },
    vlanCooldown: { chance: 0.4, most: 600 },
    releaseDelay: { chance: 0.3, most: 60 }
  },
  workload: { ...usual.workload, pinned: 6, kubelet: 3 },
  trouble: {
    crash: 2,
    freeze: 1,
    partition: 1,
    sight: 1,
    watches: 1,
    ec2: 3,
    kubernetes: 2,
    subnet: 1,
    trunk: 2,
    cninode: 2,
    feature: 2,
    outage: 2,
    blackout: 4,
    spoil: 5,
    text: 1,
    stray: 4,
    rival: 5,
    blind: 3,
    unread: 3,
    unmake: 3,
    lost: 5,
    group: 2
  }
} satisfies Mix

/** The mixes that have a name. */
export const mixes: Readonly<Record<string, Mix>> = { usual, rough }
