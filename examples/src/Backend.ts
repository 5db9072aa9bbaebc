/** What is to run, with which arguments. */
export interface Chosen {
  readonly backend: "memory" | "kubernetes" | "aws"
  /** Those of the program that is chosen. */
  readonly args: ReadonlyArray<string>
  /** Help is asked for before anything is chosen: the help of both. */
  readonly help: boolean
}

const isHelp = (arg: string): boolean => arg === "--help" || arg === "-h"

const backends = ["memory", "kubernetes", "aws"] as const

const problemOf = (place: string, said: string): string =>
  `${place}: ${JSON.stringify(said)} is no backend; choose memory (a story, the default), kubernetes (the cluster of the kubeconfig, with EC2 in memory) or aws (that cluster and EC2)`

interface Said {
  readonly place: string
  readonly text: string
}

const inArguments = (args: ReadonlyArray<string>): Said | undefined => {
  for (const [index, arg] of args.entries()) {
    if (arg === "--") return undefined
    if (arg.startsWith("--backend=")) return { place: "--backend", text: arg.slice("--backend=".length) }
    if (arg === "--backend") return { place: "--backend", text: args[index + 1] ?? "" }
  }
  return undefined
}

const takesConfig = (args: ReadonlyArray<string>): boolean => args.some((arg) => arg === "--config" || arg.startsWith("--config="))

const withoutBackend = (args: ReadonlyArray<string>): ReadonlyArray<string> =>
  args.filter((arg, index) => !(arg === "--backend" || arg.startsWith("--backend=") || args[index - 1] === "--backend"))

/**
 * Which program: by `--backend`, else by `BRANCHLINE_BACKEND`. Only the controller has a settings file, so whoever names one means it; what the file
 * says of the backend is the controller's to check.
 */
export const backendOf = (
  args: ReadonlyArray<string>,
  environment: Readonly<Record<string, string | undefined>>
): Chosen | { readonly problem: string } => {
  const variable = environment["BRANCHLINE_BACKEND"]
  const said = inArguments(args) ?? (variable === undefined || variable === "" ? undefined : { place: "BRANCHLINE_BACKEND", text: variable })
  const named = backends.find((one) => one === said?.text)
  if (said !== undefined && named === undefined) return { problem: problemOf(said.place, said.text) }
  const hasFile = takesConfig(args) || (environment["BRANCHLINE_CONFIG"] ?? "") !== ""
  const backend = named ?? (hasFile ? "kubernetes" : "memory")
  // The story knows no such flag; the controller tells where it came from.
  return { backend, args: backend === "memory" ? withoutBackend(args) : args, help: said === undefined && !hasFile && args.some(isHelp) }
}
