import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

/** What a run of the program cost. */
export interface Cost {
  readonly seconds: number
  /** Of all its threads. */
  readonly processorSeconds: number
  /** The most memory it ever had, in bytes. */
  readonly peak: number
  readonly output: string
}

const program = fileURLToPath(new URL("../../../packages/cli/dist/main.js", import.meta.url))

/**
 * Said by the program at its end, on a stream of its own. Linux counts to `maxRSS` what the parent had when it forked; `VmHWM` is the program's alone.
 */
const tells = "import{readFileSync,writeSync}from'node:fs';process.on('exit',()=>{const{maxRSS,systemCPUTime,userCPUTime}=process.resourceUsage();let peak=maxRSS;" +
  "try{peak=Number(/VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status','utf8'))[1])}catch{}writeSync(3,JSON.stringify({peak:peak*1024,processorSeconds:(userCPUTime+systemCPUTime)/1e6}))})"

/** Runs `branchline` to its end. */
export const run = (args: ReadonlyArray<string>): Promise<Cost> =>
  new Promise((resolve, reject) => {
    const began = performance.now()
    const child = spawn(process.execPath, ["--import", `data:text/javascript,${encodeURIComponent(tells)}`, program, ...args], { stdio: ["ignore", "pipe", "inherit", "pipe"] })
    const texts = [1, 3].map((index) => {
      const parts: Array<Buffer> = []
      child.stdio[index]?.on("data", (part: Buffer) => parts.push(part))
      return () => Buffer.concat(parts).toString()
    })
    child.on("error", reject)
    child.on("close", (code) => {
      // 1 says that there is something to look into, and in these records there is.
      if (code !== 0 && code !== 1) return reject(new Error(`branchline ${args.join(" ")} ended with ${code}`))
      resolve({ seconds: (performance.now() - began) / 1_000, output: texts[0]!(), ...JSON.parse(texts[1]!()) as Pick<Cost, "peak" | "processorSeconds"> })
    })
  })
