import { cpSync, mkdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { root } from "../../support/ControlPlane.js"

/** A line of deploy/Containerfile. */
export interface Instruction {
  readonly name: string
  readonly rest: string
}

/** The stages of deploy/Containerfile, the image itself last. */
export const stages = (): ReadonlyArray<ReadonlyArray<Instruction>> => {
  const stages: Array<Array<Instruction>> = []
  for (const line of readFileSync(join(root, "deploy", "Containerfile"), "utf8").split("\n")) {
    const [, name, rest] = /^([A-Z]+) (.+)$/.exec(line) ?? []
    if (name === undefined || rest === undefined) continue
    if (name === "FROM") stages.push([])
    stages.at(-1)?.push({ name, rest })
  }
  return stages
}

/** What is copied from where to where. */
export interface Copy {
  readonly from: string | undefined
  readonly sources: ReadonlyArray<string>
  readonly target: string
}

export const copiesOf = (stage: ReadonlyArray<Instruction>): ReadonlyArray<Copy> =>
  stage.filter(({ name }) => name === "COPY").map(({ rest }) => {
    const words = rest.split(" ")
    const from = words[0]?.startsWith("--from=") ? words.shift()?.slice("--from=".length) : undefined
    return { from, sources: words.slice(0, -1), target: words.at(-1) ?? "" }
  })

/** Fills a folder as the last stage of the recipe fills the image. */
export const assemble = (folder: string): void => {
  for (const { from, sources, target } of copiesOf(stages().at(-1) ?? [])) {
    if (from !== "build") throw new Error("the image is made of what its first stage built")
    for (const source of sources) {
      const path = source.replace(/^\/src\//, "")
      const to = target.endsWith("/") ? join(folder, target, path.split("/").at(-1) ?? "") : join(folder, target)
      mkdirSync(dirname(to), { recursive: true })
      cpSync(join(root, path), to, { recursive: true })
    }
  }
}
