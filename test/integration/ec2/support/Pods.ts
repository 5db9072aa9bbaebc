import { podEni } from "@branchline/core/model/Names"

/** A pod, as far as these tests look. */
export interface SeenPod {
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string; readonly annotations?: Readonly<Record<string, string>> }
  readonly spec: { readonly nodeName?: string }
  readonly status: { readonly phase?: string }
}

/** What an annotation says of its branch. */
export interface Branch {
  readonly eniId: string
  readonly vlanId: number
}

export const podsPath = "/api/v1/namespaces/default/pods"

export const branchOf = ({ metadata }: SeenPod): Branch | undefined => {
  const text = metadata.annotations?.[podEni]
  return text === undefined ? undefined : (JSON.parse(text) as ReadonlyArray<Branch>)[0]
}

const share = { [podEni]: "1" }

/** A pod that the policy matches, as the webhook leaves it; bound to a node where one is named. */
export const podDocument = (name: string, nodeName?: string, annotation?: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, labels: { app: "web" }, ...(annotation === undefined ? {} : { annotations: { [podEni]: annotation } }) },
  spec: {
    terminationGracePeriodSeconds: 1,
    ...(nodeName === undefined ? {} : { nodeName }),
    containers: [{ name: "main", image: "registry.k8s.io/pause:3.10", resources: { limits: share, requests: share } }]
  }
})
