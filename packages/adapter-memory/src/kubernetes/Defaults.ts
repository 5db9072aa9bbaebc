import { type Document, objectAt, objectsAt, textAt } from "./Document.js"
import { type Kind, qualifiedName } from "./Kinds.js"

/** A limit without a request is the request too. Source: Kubernetes, `pkg/apis/core/v1/defaults.go`, SetDefaults_Pod. */
const resources = (container: Document): Document => {
  const given = objectAt(container, "resources")
  const limits = objectAt(given, "limits")
  return Object.keys(limits).length === 0 ? given : { ...given, requests: { ...limits, ...objectAt(given, "requests") } }
}

/** Source: as above, SetDefaults_Container: the image's tag decides the pull policy. */
const container = (given: Document): Document => {
  const image = textAt(given, "image") ?? ""
  const lastPart = image.slice(image.lastIndexOf("/") + 1)
  const latest = !image.includes("@") && (!lastPart.includes(":") || lastPart.endsWith(":latest"))
  return {
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    imagePullPolicy: latest ? "Always" : "IfNotPresent",
    ...given,
    resources: resources(given)
  }
}

/** Source: as above, SetDefaults_PodSpec and SetDefaults_Pod. */
const pod = (document: Document): Document => {
  const spec = objectAt(document, "spec")
  const initContainers = objectsAt(spec, "initContainers")
  return {
    ...document,
    spec: {
      restartPolicy: "Always",
      terminationGracePeriodSeconds: 30,
      dnsPolicy: "ClusterFirst",
      securityContext: {},
      schedulerName: "default-scheduler",
      enableServiceLinks: true,
      ...spec,
      ...(initContainers.length > 0 ? { initContainers: initContainers.map(container) } : {}),
      containers: objectsAt(spec, "containers").map(container)
    }
  }
}

/** Source: as above, SetDefaults_NodeStatus: a node that says nothing of allocatable has all of its capacity. */
const node = (document: Document): Document => {
  const status = objectAt(document, "status")
  return status["allocatable"] !== undefined || status["capacity"] === undefined
    ? document
    : { ...document, status: { ...status, allocatable: status["capacity"] } }
}

/** {@link defaulted} for a change of what has its defaults already: where the part that has them is still the same, there are none to fill in. */
export const defaultedChange = (kind: Kind, before: Document, document: Document): Document => {
  const part = qualifiedName(kind) === "pods" ? "spec" : "status"
  return before[part] === document[part] ? document : defaulted(kind, document)
}

/** The document with the API's defaults filled in, as the server does wherever it decodes one, a webhook's answer included. */
export const defaulted = (kind: Kind, document: Document): Document => {
  switch (qualifiedName(kind)) {
    case "pods":
      return pod(document)
    case "nodes":
      return node(document)
    default:
      return document
  }
}
