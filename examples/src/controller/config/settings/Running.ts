import * as Kind from "../Kind.js"
import { certain, possible } from "../Setting.js"

const second = 1_000
const minute = 60 * second

/** What is to be done, and with which cluster. */
export const whatToRun = {
  backend: certain({
    group: "What to run",
    kind: Kind.choice(["memory", "kubernetes", "aws"]),
    otherwise: "memory",
    file: "backend",
    means: "What is real: nothing, a story in memory; the cluster of the kubeconfig or of the pod's service account, with EC2 in memory; or that cluster and EC2"
  }),
  mode: certain({
    group: "What to run",
    kind: Kind.choice(["full", "observe"]),
    otherwise: "full",
    file: "mode",
    means: "Do the controller's work, or write nothing anywhere and say what it would do and where the cluster differs from what it should be"
  }),
  lookEvery: certain({
    group: "What to run",
    kind: Kind.duration(second, 60 * minute),
    otherwise: 30 * second,
    file: "lookEvery",
    means: "While observing: how often EC2 is read and compared with the cluster"
  }),
  config: possible({
    group: "What to run",
    kind: Kind.text("file"),
    means: "A YAML file of settings; flags and environment win over it"
  }),
  dryRun: certain({
    group: "What to run",
    kind: Kind.flag,
    otherwise: false,
    means: "Decide and print the plan, touch nothing, end when nothing more is to be decided"
  }),
  json: certain({
    group: "What to run",
    kind: Kind.flag,
    otherwise: false,
    means: "The plan of a dry run, or what is observed, as JSON, one object per line"
  }),
  printConfig: certain({
    group: "What to run",
    kind: Kind.flag,
    otherwise: false,
    means: "Print the settings in force and where each comes from, as a file that --config takes, and end"
  })
}

export const cluster = {
  clusterName: possible({
    group: "Cluster",
    kind: Kind.text("name"),
    file: "cluster.name",
    alsoFrom: ["CLUSTER_NAME"],
    required: true,
    means: "The cluster's name, as the EC2 tag kubernetes.io/cluster/<name> spells it"
  }),
  kubeconfig: possible({
    group: "Cluster",
    kind: Kind.text("file"),
    file: "cluster.kubeconfig",
    otherwiseText: "$KUBECONFIG, ~/.kube/config or the pod's service account",
    means: "The kubeconfig"
  }),
  context: possible({
    group: "Cluster",
    kind: Kind.text("name"),
    file: "cluster.context",
    otherwiseText: "the kubeconfig's current-context",
    means: "The kubeconfig's context"
  }),
  waitForCluster: possible({
    group: "Cluster",
    kind: Kind.duration(),
    file: "cluster.waitForCluster",
    otherwiseText: "0s; in a pod for as long as it takes",
    means: "How long to go on trying at start where no API server or EC2 answers; 0s says so at once"
  }),
  requestTimeout: certain({
    group: "Cluster",
    kind: Kind.duration(second, 5 * minute),
    // Below the difference of lease duration and renew deadline (core, leadership/Fence).
    otherwise: 10 * second,
    file: "cluster.requestTimeout",
    means: "How long one request to the API server may take, watches aside; less than lies between renew deadline and lease duration"
  })
}
