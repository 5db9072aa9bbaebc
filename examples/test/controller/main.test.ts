import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"

const built = (...path: ReadonlyArray<string>) => fileURLToPath(new URL(`../../dist/${path.join("/")}`, import.meta.url))

/** Runs a built program (`npm run build`). */
const run = (program: string, ...args: ReadonlyArray<string>): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { env: { PATH: process.env["PATH"], NO_COLOR: "1" } }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr })
    })
  })

const main = built("main.js")

describe("npm start --", () => {
  it("--backend memory is the story, with the story's flags", async () => {
    const [story, chosen] = await Promise.all([run(built("story", "main.js"), "--nodes", "2"), run(main, "--backend", "memory", "--nodes", "2")])
    expect(story.code).toBe(0)
    expect(chosen).toEqual(story)
  })

  it.each([
    ["--backend kubernetes with a flag of the story's", ["--backend", "kubernetes", "--nodes", "3"], "--nodes belongs to the story: leave --backend out"],
    ["no backend with a flag of the controller's", ["--webhook-address", "off"], "--webhook-address belongs to the controller: add --backend kubernetes or --backend aws"],
    ["a backend that there is not", ["--backend", "azure"], "error: --backend: \"azure\" is no backend; choose memory (a story, the default), kubernetes (the cluster of the kubeconfig, with EC2 in memory) or aws (that cluster and EC2)"],
    ["a file without a backend", ["--config", "/dev/null", "--cluster-name", "a"], "error: --backend: memory is the story's, which takes none of these settings; say --backend kubernetes or --backend aws, or backend in the file"],
    ["no name of the cluster, with aws", ["--backend", "aws"], "error: cluster name: it is not known; say it: --cluster-name, BRANCHLINE_CLUSTER_NAME, CLUSTER_NAME or cluster.name in the file"],
    ["no name of the cluster", ["--backend", "kubernetes"], "error: cluster name: it is not known; say it: --cluster-name, BRANCHLINE_CLUSTER_NAME, CLUSTER_NAME or cluster.name in the file"]
  ])("%s: what is wrong, and what to do", async (_, args, line) => {
    const { code, stderr, stdout } = await run(main, ...args)
    expect(stderr.split("\n")).toContain(line)
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" })
  })

  it("--help is the help of both", async () => {
    const { code, stderr, stdout } = await run(main, "--help")
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    expect(stdout).toContain("THE STORY (--backend memory, which is the default)")
    expect(stdout).toContain("THE CONTROLLER (--backend kubernetes, --backend aws)")
  })
})
