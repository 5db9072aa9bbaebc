import { cpSync, existsSync, mkdirSync, readFileSync } from "node:fs"
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

interface Locked {
  readonly link?: boolean
  readonly resolved?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
}

/** The folders that `npm ci --omit=dev --workspace=@branchline/examples` fills, as the lockfile has them. */
export const installed = (): ReadonlyArray<string> => {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as { readonly packages: Readonly<Record<string, Locked>> }
  const found = new Set<string>()
  const resolve = (from: string, name: string): string | undefined => {
    for (let folder = from;; folder = dirname(folder)) {
      const place = join(folder === "." ? "" : folder, "node_modules", name)
      if (packages[place] !== undefined) return place
      if (folder === "." || folder === "") return undefined
    }
  }
  const visit = (folder: string): void => {
    const { dependencies, optionalDependencies, peerDependencies = {}, peerDependenciesMeta } = packages[folder] ?? {}
    const peers = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta?.[name]?.optional !== true)
    for (const name of [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]) {
      const place = resolve(folder, name)
      if (place === undefined || found.has(place)) continue
      found.add(place)
      visit(packages[place]?.link === true ? packages[place].resolved ?? "" : place)
    }
  }
  visit("examples")
  return [...found]
}

/** Fills a folder as the last stage of the recipe fills the image: what is built here, and what would be installed there. */
export const assemble = (folder: string): void => {
  for (const { from, sources, target } of copiesOf(stages().at(-1) ?? [])) {
    if (from !== "build") throw new Error("the image is made of what its first stage built")
    for (const source of sources) {
      const path = source.replace(/^\/src\//, "")
      if (path === "node_modules") continue
      const to = target.endsWith("/") ? join(folder, target, path.split("/").at(-1) ?? "") : join(folder, target)
      mkdirSync(dirname(to), { recursive: true })
      cpSync(join(root, path), to, { recursive: true })
    }
  }
  for (const place of installed()) {
    // An optional package of another platform is locked, but not there.
    if (existsSync(join(root, place))) cpSync(join(root, place), join(folder, place), { recursive: true, verbatimSymlinks: true })
  }
}
