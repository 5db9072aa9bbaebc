import { readFileSync } from "node:fs"

/** What a process has used so far. Source: proc(5). */
export interface Usage {
  /** Seconds of processor time, user and system. */
  readonly cpu: number
  /** The most memory it ever held, megabytes. */
  readonly peakRss: number
}

/** Clock ticks a second, USER_HZ: 100 on every Linux that Node runs on. */
const ticks = 100

export const usage = (pid: number): Usage => {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
  // After the command's name, which may hold blanks: fields 14 and 15 are utime and stime.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  const peak = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]
  return { cpu: (Number(fields[11]) + Number(fields[12])) / ticks, peakRss: Number(peak) / 1_000 }
}
