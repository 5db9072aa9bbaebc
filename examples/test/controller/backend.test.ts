import { expect, it } from "vitest"
import { backendOf } from "../../src/Backend.js"

it.each([
  [[], {}, { backend: "memory", args: [], help: false }],
  [["--nodes", "3"], {}, { backend: "memory", args: ["--nodes", "3"], help: false }],
  [["--help"], {}, { backend: "memory", args: ["--help"], help: true }],
  [["-h"], {}, { backend: "memory", args: ["-h"], help: true }],
  [["--backend", "memory", "--help"], {}, { backend: "memory", args: ["--help"], help: false }],
  [["--json", "--backend=memory", "--nodes", "3"], {}, { backend: "memory", args: ["--json", "--nodes", "3"], help: false }],
  [["--backend", "kubernetes", "--help"], {}, { backend: "kubernetes", args: ["--backend", "kubernetes", "--help"], help: false }],
  [["--backend=kubernetes"], {}, { backend: "kubernetes", args: ["--backend=kubernetes"], help: false }],
  [["--dry-run"], { BRANCHLINE_BACKEND: "kubernetes" }, { backend: "kubernetes", args: ["--dry-run"], help: false }],
  [["--backend", "memory"], { BRANCHLINE_BACKEND: "kubernetes" }, { backend: "memory", args: [], help: false }],
  [["--config", "x.yaml"], {}, { backend: "kubernetes", args: ["--config", "x.yaml"], help: false }],
  [["--backend", "memory", "--config", "x.yaml"], {}, { backend: "memory", args: ["--config", "x.yaml"], help: false }],
  [[], { BRANCHLINE_CONFIG: "x.yaml" }, { backend: "kubernetes", args: [], help: false }],
  [[], { BRANCHLINE_BACKEND: "", BRANCHLINE_CONFIG: "" }, { backend: "memory", args: [], help: false }]
] as const)("%j with %j chooses %j", (args, environment, chosen) => {
  expect(backendOf(args, environment)).toEqual(chosen)
})

it.each([
  [["--backend", "azure"], {}, "--backend: \"azure\""],
  [["--backend"], {}, "--backend: \"\""],
  [[], { BRANCHLINE_BACKEND: "Kubernetes" }, "BRANCHLINE_BACKEND: \"Kubernetes\""]
])("%j with %j is no backend, and the choice is told", (args, environment, start) => {
  expect(backendOf(args, environment)).toEqual({
    problem: `${start} is no backend; choose memory (a story, the default), kubernetes (the cluster of the kubeconfig, with EC2 in memory) or aws (that cluster and EC2)`
  })
})
