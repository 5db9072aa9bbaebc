import { readFileSync } from "node:fs"
import { join } from "node:path"
import { parseAllDocuments } from "yaml"
import type { ControlPlane } from "./ControlPlane.js"
import { root } from "./ControlPlane.js"

interface Configuration {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly webhooks: ReadonlyArray<{ readonly clientConfig: { readonly service?: { readonly path?: string } } }>
}

const isConfiguration = (value: unknown): value is Configuration =>
  typeof value === "object" && value !== null && "kind" in value && String(value.kind).endsWith("WebhookConfiguration")

/** The webhook configurations of deploy/base, as a user applies them. */
export const deployedWebhooks = (): ReadonlyArray<Configuration> =>
  parseAllDocuments(readFileSync(join(root, "deploy", "base", "webhooks.yaml"), "utf8")).map((document) => document.toJS() as unknown).filter(isConfiguration)

/**
 * Applies the webhook configurations of deploy/base, with the one change that there is no network inside of this cluster: their server is on
 * loopback. Without `caBundle` that is the server's to write.
 */
export const applyWebhooks = async (plane: ControlPlane, port: number, caBundle?: string): Promise<void> => {
  for (const configuration of deployedWebhooks()) {
    const webhooks = configuration.webhooks.map((webhook) => ({
      ...webhook,
      clientConfig: {
        url: `https://127.0.0.1:${port}${webhook.clientConfig.service?.path ?? ""}`,
        ...(caBundle === undefined ? {} : { caBundle: Buffer.from(caBundle).toString("base64") })
      }
    }))
    await plane.kubectl(["apply", "-f", "-"], { input: JSON.stringify({ ...configuration, webhooks }) })
  }
}
