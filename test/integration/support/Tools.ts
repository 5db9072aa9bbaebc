import { createHash } from "node:crypto"
import { existsSync } from "node:fs"
import { mkdir, readFile, rm, writeFile } from "node:fs/promises"
import { homedir } from "node:os"
import { join } from "node:path"
import { eventually, run } from "./Program.js"

/** Tools that tests need and that take long to make are kept here, each by what it is made of. */
const cache = join(homedir(), ".cache", "branchline-test-tools")

const ready = (folder: string): string => join(folder, ".ready")

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Takes the lock, also from somebody who is not there any more; false where somebody holds it. */
const take = async (lock: string): Promise<boolean> => {
  const mine = await mkdir(lock).then(() => true, () => false)
  if (mine) {
    await writeFile(join(lock, "pid"), String(process.pid))
    return true
  }
  const holder = Number(await readFile(join(lock, "pid"), "utf8").catch(() => ""))
  if (holder > 0 && !alive(holder)) await rm(lock, { recursive: true, force: true })
  return false
}

/** The folder of a tool that is made once of some files; who comes meanwhile waits. */
export const madeOnce = async (name: string, files: ReadonlyArray<string>, make: (folder: string) => Promise<void>): Promise<string> => {
  const digest = createHash("sha256")
  for (const file of files) digest.update(await readFile(file))
  const folder = join(cache, `${name}-${digest.digest("hex").slice(0, 16)}`)
  const lock = `${folder}.lock`
  await mkdir(cache, { recursive: true })
  const isMine = await eventually(`${folder} is made`, async () => existsSync(ready(folder)) ? false : await take(lock) ? true : undefined, 600_000)
  if (!isMine) return folder
  try {
    // Somebody may have made it between the look and the lock.
    if (existsSync(ready(folder))) return folder
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { recursive: true })
    await make(folder)
    await writeFile(ready(folder), "")
  } finally {
    await rm(lock, { recursive: true, force: true })
  }
  return folder
}

/** Runs a step of the making; it fails with what the program said. */
export const step = async (command: string, args: ReadonlyArray<string>, options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {}): Promise<void> => {
  const { code, stderr, stdout } = await run(command, args, options)
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${stdout}${stderr}`)
}
