import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, relative } from "node:path"
import { parseAllDocuments } from "yaml"
import { root } from "../../support/ControlPlane.js"
import { run } from "../../support/Program.js"

/** A document of deploy/, built. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
}

export const components: ReadonlyArray<string> = readdirSync(join(root, "deploy", "components"))

/** kubectl without a cluster; throws what it printed where it failed. */
const kustomize = async (folder: string): Promise<string> => {
  const { code, stderr, stdout } = await run(join(process.env["KUBEBUILDER_ASSETS"] ?? "", "kubectl"), ["kustomize", folder])
  if (code !== 0) throw new Error(stderr)
  return stdout
}

/** deploy/base as one text, with components as an overlay would add them. */
export const build = async (...added: ReadonlyArray<string>): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), "branchline-overlay-"))
  try {
    const to = (path: string) => relative(folder, join(root, "deploy", path))
    writeFileSync(join(folder, "kustomization.yaml"), JSON.stringify({
      apiVersion: "kustomize.config.k8s.io/v1beta1",
      kind: "Kustomization",
      resources: [to("base")],
      components: added.map((component) => to(join("components", component)))
    }))
    return await kustomize(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

export const documents = <A = Manifest>(text: string): ReadonlyArray<A & Manifest> =>
  parseAllDocuments(text).map((document) => document.toJS() as A & Manifest)

/** The documents of a kind, as one text that kubectl can apply. */
export const only = (text: string, kinds: ReadonlyArray<string>): string =>
  JSON.stringify({ apiVersion: "v1", kind: "List", items: documents(text).filter(({ kind }) => kinds.includes(kind)) })
