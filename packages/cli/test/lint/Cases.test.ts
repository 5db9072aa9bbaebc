import { describe, expect, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { parse } from "yaml"
import { AwsFacts } from "../../src/lint/AwsFacts.js"
import { lintTexts } from "../../src/lint/Manifests.js"
import { defaultSettings, parseSettings } from "../../src/lint/Settings.js"

interface Told {
  readonly rule: string
  readonly line: number | undefined
  readonly message: string
  readonly mend: string
}

const told = (text: string, { aws = "{}", settings }: { readonly settings?: string; readonly aws?: string } = {}): ReadonlyArray<Told> =>
  lintTexts({
    texts: [{ name: "a.yaml", text }],
    settings: settings === undefined ? defaultSettings : Result.getOrThrow(parseSettings("lint.yaml", settings)),
    aws: Schema.decodeUnknownSync(AwsFacts)(parse(aws))
  }).findings.map(({ mend, message, place, rule }) => ({ rule, line: place.line, message, mend }))

const rulesOf = (text: string, more?: { readonly settings?: string; readonly aws?: string }): ReadonlyArray<string> => told(text, more).map(({ rule }) => rule)

const documents = (...texts: ReadonlyArray<string>): string => texts.join("---\n")

const policy = (selector: string, { groups = "[sg-0a1b2c3d4e5f60718]", name = "db", namespace = "shop" } = {}): string => `apiVersion: vpcresources.k8s.aws/v1beta1
kind: SecurityGroupPolicy
metadata: {name: ${name}${namespace === "" ? "" : `, namespace: ${namespace}`}}
spec:
  ${selector}
  securityGroups: {groupIds: ${groups}}
`

const db = policy("podSelector: {matchLabels: {app: db}}")

const pod = (spec = "", { kind = "Deployment", labels = "{app: db}", name = "web", namespace = "shop" } = {}): string => `apiVersion: apps/v1
kind: ${kind}
metadata: {name: ${name}, namespace: ${namespace}}
spec:
  template:
    metadata: {labels: ${labels}}
    spec:
      containers: [{name: app}]
${spec.split("\n").filter((line) => line !== "").map((line) => `      ${line}\n`).join("")}`

const withContainer = (container: string): string => pod().replace("[{name: app}]", `[{name: app, ${container}}]`)

const account = (name: string, labels: string): string => `apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: ${name}, namespace: shop, labels: ${labels}}\n`

const messageOf = (text: string, more?: { readonly settings?: string; readonly aws?: string }): string => told(text, more).map(({ message }) => message).join("\n")

describe("a selector that matches nothing", () => {
  it("is told with the label that is there instead", () => {
    expect(messageOf(documents(db, pod("", { labels: "{app: database}" })))).toBe(
      "the policy does not select the only workload of namespace shop: label app=db: there is app=database (Deployment web)"
    )
    expect(messageOf(documents(db, pod("", { labels: "{App: db}" })))).toContain("label app=db: there is App=db")
    expect(messageOf(documents(db, pod("", { labels: "{example.com/app: db}" })))).toContain("there is example.com/app=db")
    expect(messageOf(documents(db, pod("", { labels: "{tier: back}" })))).toContain("there is no label app")
  })

  it("names the workload that lacks least, and every label that it lacks", () => {
    const selector = policy("podSelector: {matchLabels: {app: db, tier: back}, matchExpressions: [{key: old, operator: DoesNotExist}]}")
    const far = pod("", { name: "a", labels: "{app: xxxx, tier: yyyy}" })
    const near = pod("", { name: "z", labels: "{app: db, tier: backs, old: \"\"}" })
    expect(messageOf(documents(selector, far, near))).toBe(
      "the policy selects none of the 2 workloads of namespace shop: label tier=back: there is tier=backs; label no old: there is old (Deployment z)"
    )
  })

  it("counts labels that are missing before letters that differ", () => {
    const selector = policy("podSelector: {matchLabels: {app: db, tier: back}}")
    const [one, two] = [pod("", { name: "one", labels: "{app: something-else, tier: back}" }), pod("", { name: "two", labels: "{app: dba, tier: backs}" })]
    expect(messageOf(documents(selector, two, one))).toContain("(Deployment one)")
  })

  it("is told by the labels of a service account", () => {
    const text = documents(policy("serviceAccountSelector: {matchLabels: {role: db}}"), account("web", "{role: dba}"), pod("serviceAccountName: web"))
    expect(told(text)).toMatchObject([{ rule: "selector-matches-nothing", line: 5, mend: "mend the selector, or the service account's labels" }])
    expect(messageOf(text)).toContain("label role=db: there is role=dba (ServiceAccount web of Deployment web)")
  })

  it("is not told where nobody knows: labels of an account that is not given, labels that controllers make, pods elsewhere", () => {
    expect(rulesOf(documents(policy("serviceAccountSelector: {matchLabels: {role: db}}"), pod("serviceAccountName: web")))).toEqual([])
    const { unjudged } = lintTexts({ texts: [{ name: "a.yaml", text: documents(policy("serviceAccountSelector: {matchLabels: {role: db}}"), pod("serviceAccountName: web")) }] })
    expect(unjudged.find(({ rule }) => rule === "service-account-absent")?.lacks).toContain("service account shop/web is not given")
    expect(rulesOf(documents(policy("podSelector: {matchLabels: {job-name: a}}"), pod()))).toEqual([])
    expect(rulesOf(documents(db, pod("", { namespace: "other" })))).toEqual([])
  })

  it("is told of pods by the labels that controllers made: they have theirs", () => {
    const made = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop, labels: {job-name: b}}\nspec: {containers: []}\n"
    expect(messageOf(documents(policy("podSelector: {matchLabels: {job-name: a}}"), made))).toContain("label job-name=a: there is job-name=b")
  })

  it("is told where all that there is is given", () => {
    expect(messageOf(documents(db, pod("", { namespace: "other" })), { settings: "settings: {complete: true}" })).toContain("there is no pod in namespace shop")
  })

  it("is not told of what cannot be read, though all is said to be given", () => {
    expect(rulesOf(documents(db, "kind: [\n"), { settings: "settings: {complete: true}" })).toEqual(["unreadable"])
  })

  it("is told where the policy was meant for another namespace, which it does not name", () => {
    expect(told(documents(policy("podSelector: {matchLabels: {app: db}}", { namespace: "" }), pod()))).toMatchObject([
      { rule: "selector-matches-nothing", line: 3, mend: expect.stringContaining("namespace: shop") }
    ])
  })

  it("sees pods of any kind that has a template", () => {
    expect(rulesOf(documents(db, pod("", { kind: "Rollout" }).replace("apps/v1", "argoproj.io/v1alpha1")))).toEqual([])
    expect(rulesOf(documents(db, pod("", { kind: "Rollout", labels: "{app: web}" }).replace("apps/v1", "argoproj.io/v1alpha1")))).toEqual(["selector-matches-nothing"])
  })
})

describe("a policy's fields", () => {
  it("are told with the one that was meant", () => {
    const mends = told(policy("podselector: {matchLabels: {app: db}}\n  podSelector: {matchLabel: {app: db}, matchExpressions: [{key: a, operator: Exists, value: [x]}]}")).map(({ line, mend, rule }) => [rule, line, mend])
    expect(mends).toEqual([
      ["policy-field-unknown", 5, "write podSelector"],
      ["policy-field-unknown", 6, "write matchLabels"],
      ["policy-field-unknown", 6, "write values"]
    ])
  })

  it("of another kind by a slip are told", () => {
    expect(told(db.replace("kind: SecurityGroupPolicy", "kind: securityGroupPolicy"))).toMatchObject([{ rule: "policy-api-version", line: 2, mend: "write kind: SecurityGroupPolicy" }])
    expect(told(db.replace("kind: SecurityGroupPolicy", "kind: SecurityGroupPolicies"))).toMatchObject([{ rule: "policy-api-version" }])
    expect(told(db.replace("apiVersion: vpcresources.k8s.aws/v1beta1\n", ""))).toMatchObject([{ rule: "policy-api-version", message: "the SecurityGroupPolicy has no apiVersion" }])
    expect(rulesOf(db.replace("kind: SecurityGroupPolicy", "kind: SecurityPolicy"))).toEqual([])
  })

  it("have their place where they are wrong", () => {
    expect(told(policy("podSelector: {matchLabels: {app: \"a b\", \"x/y/z\": c}}", { groups: "[sg-1, sg-0a1b2c3d4e5f60718, sg-0a1b2c3d4e5f60718]" })).map(({ line, rule }) => [rule, line])).toEqual([
      ["selector-malformed", 5], ["selector-malformed", 5], ["group-id-malformed", 6], ["group-id-repeated", 6]
    ])
    expect(told(policy("podSelector: {matchLabels: {app: 1}}"))).toMatchObject([{ rule: "manifest-shape", line: 5, mend: "put it in quotes" }])
  })

  it("select everything only where no selector narrows", () => {
    expect(rulesOf(policy("podSelector: {}"))).toEqual(["selector-matches-everything"])
    expect(rulesOf(policy("podSelector: {matchLabels: {}}"))).toEqual(["selector-matches-everything"])
    expect(rulesOf(policy("serviceAccountSelector: {}"))).toEqual(["selector-matches-everything"])
    expect(rulesOf(policy("podSelector: {}\n  serviceAccountSelector: {matchLabels: {a: b}}"))).toEqual([])
    expect(rulesOf(policy("podSelector: null"))).toEqual(["policy-without-selector"])
  })

  it("name groups by id, and tell what was meant", () => {
    const mend = (group: string): string | undefined => told(policy("podSelector: {matchLabels: {app: db}}", { groups: `["${group}"]` }))[0]?.mend
    expect(mend("SG-0A1B2C3D4E5F60718")).toBe("write sg-0a1b2c3d4e5f60718")
    expect(mend("0a1b2c3d4e5f60718")).toBe("write sg-0a1b2c3d4e5f60718")
    expect(mend("${DB_GROUP}")).toContain("placeholder")
    expect(mend("my_pod_security_group_id")).toContain("placeholder")
    expect(mend("rds-clients")).toContain("describe-security-groups")
    expect(mend("sg-0a1b2c3d4e5f6071")).toContain("describe-security-groups")
    expect(mend("sg-0a1b2c3d")).toBeUndefined()
  })
})

const many = (count: number, first = 0): string => `[${Array.from({ length: count }, (_, i) => `sg-${String(first + i).padStart(17, "0")}`).join(", ")}]`

describe("groups that come together", () => {
  it("are told once: at the policy that has too many alone, or at the workload", () => {
    const alone = policy("podSelector: {matchLabels: {app: db}}", { groups: many(6) })
    expect(told(documents(alone, pod())).map(({ line, rule }) => [rule, line])).toEqual([["groups-over-quota", 6]])
    const together = documents(policy("podSelector: {matchLabels: {app: db}}", { groups: many(4) }), policy("podSelector: {}", { name: "all", groups: many(4, 3) }), pod())
    expect(told(together).map(({ message, rule }) => [rule, message])).toContainEqual(["groups-over-quota", "Deployment web gets 7 groups by policies all and db, the quota for an interface is 5"])
    expect(rulesOf(together, { settings: "settings: {groupsPerInterface: 7}" })).not.toContain("groups-over-quota")
  })

  it("are no more than 16, whatever the quota", () => {
    const text = documents(policy("podSelector: {matchLabels: {app: db}}", { groups: many(10) }), policy("podSelector: {}", { name: "all", groups: many(10, 10) }), pod())
    expect(rulesOf(text, { settings: "settings: {groupsPerInterface: 16}" })).toEqual(["selector-matches-everything", "groups-over-maximum", "policies-overlap"])
  })

  it("are no surprise where one policy has them all", () => {
    expect(rulesOf(documents(db, policy("podSelector: {matchLabels: {app: db}}", { name: "same" }), pod()))).toEqual([])
  })

  it("of a policy in another namespace of that name count for themselves", () => {
    const of = (more: { readonly name?: string; readonly groups: string; readonly namespace?: string }): string => policy("podSelector: {matchLabels: {app: db}}", more)
    const text = documents(of({ groups: many(6) }), of({ groups: many(3), namespace: "other" }), of({ name: "b", groups: many(3, 3), namespace: "other" }), pod("", { namespace: "other" }))
    expect(rulesOf(text).filter((rule) => rule === "groups-over-quota")).toHaveLength(2)
  })

  it("are nobody's on the host's network", () => {
    const text = documents(policy("podSelector: {matchLabels: {app: db}}", { groups: many(3) }), policy("podSelector: {matchLabels: {app: db}}", { name: "b", groups: many(3, 3) }), pod("hostNetwork: true"))
    expect(rulesOf(text)).not.toContain("groups-over-quota")
  })
})

describe("who gets nothing", () => {
  it("is on Windows by its os, too", () => {
    expect(told(documents(db, pod("os: {name: windows}")))).toMatchObject([{ rule: "windows-selected", line: 16 }])
    expect(rulesOf(documents(db, pod("nodeSelector: {beta.kubernetes.io/os: windows}")))).toEqual(["windows-selected"])
  })

  it("is on Fargate by its profile's label, and needs no trunk", () => {
    expect(rulesOf(documents(db, pod("terminationGracePeriodSeconds: 0", { labels: "{app: db, eks.amazonaws.com/fargate-profile: fp}" })))).toEqual(["fargate-selected"])
    expect(rulesOf(documents(db, pod("terminationGracePeriodSeconds: 0\nnodeSelector: {eks.amazonaws.com/compute-type: fargate}")))).toEqual(["fargate-selected"])
  })

  it("is on Auto Mode by required affinity, where no term leaves other nodes open", () => {
    const term = (values: string): string => `{matchExpressions: [{key: eks.amazonaws.com/compute-type, operator: In, values: ${values}}]}`
    const affinity = (...terms: ReadonlyArray<string>): string => `affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [${terms.join(", ")}]}}}`
    expect(rulesOf(documents(db, pod(affinity(term("[auto]")))))).toEqual(["auto-mode-selected"])
    expect(rulesOf(documents(db, pod(affinity(term("[auto]"), "{matchExpressions: [{key: a, operator: Exists}]}"))))).toEqual([])
    expect(rulesOf(documents(db, pod(affinity(term("[auto]")))), { settings: "settings: {kubernetesVersion: \"1.35\"}" })).toEqual(["auto-mode-selected"])
    expect(rulesOf(documents(db, pod(affinity(term("[auto]")))), { settings: "settings: {kubernetesVersion: v1.37.2}" })).toEqual([])
  })

  it("is not told of pods that no policy selects", () => {
    for (const spec of ["hostNetwork: true", "os: {name: windows}", "terminationGracePeriodSeconds: 0", "nodeSelector: {node.kubernetes.io/instance-type: t3.large}"]) {
      expect(rulesOf(documents(db, pod(), pod(spec, { name: "other", labels: "{app: x}" })))).toEqual([])
    }
  })
})

describe("instance types", () => {
  const on = (selector: string): ReadonlyArray<Told> => told(documents(db, pod(`nodeSelector: {${selector}}`)))
  it("of a family are judged together", () => {
    expect(on("karpenter.k8s.aws/instance-family: t3")).toMatchObject([{ rule: "instance-type-without-trunk", message: "Deployment web may only run on t3 instances, which carry no branch interfaces" }])
    expect(on("karpenter.k8s.aws/instance-family: m5")).toEqual([])
    expect(on("karpenter.k8s.aws/instance-family: no-such")).toEqual([])
  })

  it("that nobody knows are told with the one that was meant", () => {
    expect(on("node.kubernetes.io/instance-type: m5.lagre")).toMatchObject([{ rule: "instance-type-unknown", mend: "did you mean m5.large? Else add its limits to settings.instanceTypes" }])
    expect(rulesOf(documents(db, pod("nodeSelector: {node.kubernetes.io/instance-type: m99.large}")), { settings: "settings: {instanceTypes: {m99.large: {interfaces: 3, ipv4PerInterface: 10, branches: 9}}}" })).toEqual([])
  })

  it("of nodes are told only where none carries a trunk, Windows, Auto Mode and Fargate apart", () => {
    const node = (name: string, labels: string): string => `apiVersion: v1\nkind: Node\nmetadata: {name: ${name}, labels: {${labels}}}\n`
    const t3 = node("a", "node.kubernetes.io/instance-type: t3.large")
    expect(rulesOf(documents(db, pod(), t3))).toEqual(["nodes-without-trunk"])
    expect(rulesOf(documents(db, pod(), t3, node("b", "kubernetes.io/os: windows, node.kubernetes.io/instance-type: m5.large")))).toEqual(["nodes-without-trunk"])
    expect(rulesOf(documents(db, pod(), t3, node("b", "eks.amazonaws.com/compute-type: auto, node.kubernetes.io/instance-type: m5.large")))).toEqual(["nodes-without-trunk"])
    expect(rulesOf(documents(db, pod(), t3, node("b", "a: b")))).toEqual([])
    expect(rulesOf(documents(pod(), t3))).toEqual([])
  })
})

describe("the resource by hand", () => {
  const asking = (list: string, amount: string): string => `resources: {${list}: {vpc.amazonaws.com/pod-eni: ${amount}}}`
  it("is told with who selects the pods", () => {
    expect(messageOf(documents(db, withContainer(asking("limits", "1"))))).toBe("Deployment web asks for a branch interface by hand, though policy db selects it")
    expect(messageOf(withContainer(asking("requests", "\"1\"")))).toBe("Deployment web asks for a branch interface by hand, and no policy given selects it")
  })

  it("is told as wrong where it is no 1, or not once", () => {
    expect(rulesOf(withContainer(asking("limits", "2")))).toEqual(["pod-eni-not-once"])
    expect(rulesOf(pod().replace("[{name: app}]", `[{name: app, ${asking("limits", "1")}}, {name: b, ${asking("limits", "1")}}]`))).toEqual(["pod-eni-not-once"])
    expect(rulesOf(pod(`initContainers: [{name: i, ${asking("limits", "1")}}]`))).toEqual(["pod-eni-not-first"])
  })

  it("is the webhook's in a pod that was stored, and its annotation the controller's", () => {
    const stored = `apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop, uid: u, labels: {app: db}, annotations: {vpc.amazonaws.com/pod-eni: "[]"}}\nspec: {containers: [{name: app, ${asking("limits", "\"1\"")}}]}\n`
    expect(rulesOf(documents(db, stored))).toEqual([])
    expect(rulesOf(documents(db, stored.replace(", uid: u", "")))).toEqual(["annotation-by-hand", "pod-eni-by-hand"])
    expect(rulesOf(pod("", { labels: "{app: x}, annotations: {fargate.amazonaws.com/pod-sg: sg-1}" }))).toEqual(["annotation-by-hand"])
  })

  it("is missed by a living Linux pod that was stored, and by no other", () => {
    const stored = (more = "", spec = ""): string => `apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop, uid: u, labels: {app: db}}\nspec: {containers: [{name: app}]${spec}}\n${more}`
    expect(rulesOf(documents(db, stored()))).toEqual(["pod-missed-by-webhook"])
    expect(rulesOf(documents(db, stored("status: {phase: Succeeded}\n")))).toEqual([])
    expect(rulesOf(documents(db, stored("status: {phase: Succeeded}\n", ", terminationGracePeriodSeconds: 0, nodeSelector: {node.kubernetes.io/instance-type: t3.large}")))).toEqual([])
    expect(rulesOf(documents(db, stored("", ", hostNetwork: true")))).toEqual(["host-network-selected"])
  })
})

const agent = (env: string, { demux = "[]", version = "v1.18.3" } = {}): string => `apiVersion: apps/v1
kind: DaemonSet
metadata: {name: aws-node, namespace: kube-system}
spec:
  template:
    spec:
      initContainers: [{name: aws-vpc-cni-init, env: ${demux}}]
      containers: [{name: aws-node, image: "602401143452.dkr.ecr.us-west-2.amazonaws.com/amazon-k8s-cni:${version}-eksbuild.1", env: ${env}}]
`

const on = "{name: ENABLE_POD_ENI, value: \"true\"}"
const standard = "{name: POD_SECURITY_GROUP_ENFORCING_MODE, value: standard}"

describe("the CNI plugin's settings", () => {
  const probed = withContainer("readinessProbe: {tcpSocket: {port: 80}}")
  it("are the DaemonSet's, with the plugin's defaults where it says nothing", () => {
    expect(rulesOf(documents(db, probed, agent(`[${on}]`)))).toEqual(["probes-early-demux"])
    expect(rulesOf(documents(db, probed, agent(`[${on}]`, { demux: "[{name: DISABLE_TCP_EARLY_DEMUX, value: \"true\"}]" })))).toEqual([])
    expect(rulesOf(documents(db, agent("[]")))).toEqual(["pod-eni-disabled"])
    expect(rulesOf(documents(db, agent("[{name: ENABLE_POD_ENI, valueFrom: {configMapKeyRef: {name: a, key: b}}}]")))).toEqual([])
    expect(rulesOf(documents(db, agent("[{name: ENABLE_POD_ENI, value: \"1\"}]")))).toEqual([])
    expect(rulesOf(documents(db, agent(`[{name: ENABLE_POD_ENI, value: "false"}, ${on}]`)))).toEqual([])
  })

  it("win over the config file's", () => {
    expect(rulesOf(documents(db, probed, agent(`[${on}, ${standard}]`)), { settings: "settings: {cni: {enforcingMode: strict, externalSnat: true}}" })).toEqual(["snat-uses-node-groups"])
    expect(rulesOf(documents(db, probed), { settings: "settings: {cni: {enforcingMode: strict, disableTcpEarlyDemux: false}}" })).toEqual(["probes-early-demux"])
  })

  it("are those of strict mode in a plugin that knows no other", () => {
    expect(rulesOf(documents(db, probed, agent(`[${on}, ${standard}]`, { version: "v1.9.0" })))).toEqual(["probes-early-demux", "cni-too-old"])
    expect(rulesOf(documents(db, agent(`[${on}]`, { version: "v1.7.6" })))).toEqual(["cni-too-old"])
    const ipv6 = "{name: ENABLE_IPv6, value: \"true\"}"
    expect(rulesOf(documents(db, agent(`[${on}, ${ipv6}]`, { version: "v1.15.5" })))).toEqual(["cni-too-old"])
    expect(rulesOf(documents(db, agent(`[${on}, ${ipv6}]`, { version: "v1.16.0" })))).toEqual([])
  })

  it("matter to probes by TCP alone", () => {
    const probe = (text: string): ReadonlyArray<string> => rulesOf(documents(db, withContainer(text), agent(`[${on}]`)))
    expect(probe("livenessProbe: {httpGet: {path: /, port: http}}")).toEqual(["probes-early-demux"])
    expect(probe("startupProbe: {grpc: {port: 9000}}")).toEqual(["probes-early-demux"])
    expect(probe("livenessProbe: {exec: {command: [a]}}")).toEqual([])
    expect(probe("livenessProbe: {httpGet: {path: /, port: 80, host: example.com}}")).toEqual([])
  })

  it("where nobody says them, leave rules without judgement, and that is told", () => {
    const { findings, unjudged } = lintTexts({ texts: [{ name: "a.yaml", text: documents(db, probed) }] })
    expect(findings).toEqual([])
    expect(unjudged.map(({ rule }) => rule)).toEqual(["group-absent", "group-in-other-vpc", "probes-early-demux", "probe-port-closed", "dns-closed", "public-subnet-strict", "cluster-role-without-policy"])
  })
})

describe("strict mode", () => {
  const strict = { settings: "settings: {cni: {enforcingMode: strict}}" }
  const service = (spec: string, annotations = "{}"): string => `apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: shop, annotations: ${annotations}}\nspec: {selector: {app: db}, ${spec}}\n`
  it("minds externalTrafficPolicy: Local before instance targets", () => {
    expect(rulesOf(documents(db, pod(), service("type: NodePort, externalTrafficPolicy: Local")), strict)).toEqual(["traffic-policy-local-strict"])
    expect(rulesOf(documents(db, pod(), service("type: ClusterIP, externalTrafficPolicy: Local")), strict)).toEqual([])
    expect(rulesOf(documents(db, pod(), service("type: LoadBalancer, externalTrafficPolicy: Cluster")), strict)).toEqual([])
    expect(rulesOf(documents(db, pod(), service("type: LoadBalancer, externalTrafficPolicy: Local", "{service.beta.kubernetes.io/aws-load-balancer-type: nlb-ip}")), strict)).toEqual([])
    const away = documents(policy("podSelector: {matchLabels: {app: db}}", { namespace: "other" }), pod("", { namespace: "other" }))
    expect(rulesOf(documents(away, service("type: NodePort, externalTrafficPolicy: Local")), strict)).toEqual([])
    expect(rulesOf(documents(db, pod(), service("type: NodePort, externalTrafficPolicy: Local")), { settings: "settings: {cni: {enforcingMode: standard}}" })).toEqual([])
  })

  it("minds network policies of the same pods", () => {
    const network = (selector: string): string => `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: n, namespace: shop}\nspec: {podSelector: ${selector}}\n`
    expect(rulesOf(documents(db, pod(), network("{}")), strict)).toEqual(["network-policy-strict"])
    expect(rulesOf(documents(db, pod(), network("{matchLabels: {app: other}}")), strict)).toEqual([])
  })

  it("minds a DNS cache on the nodes, of any name that the label tells", () => {
    const cache = pod("", { kind: "DaemonSet", name: "cache", namespace: "kube-system", labels: "{k8s-app: node-local-dns}" })
    expect(rulesOf(documents(db, pod(), cache), strict)).toEqual(["node-local-dns-strict"])
    expect(rulesOf(documents(db, cache), strict)).toEqual([])
    expect(rulesOf(documents(db, pod()), { settings: "settings: {cni: {enforcingMode: strict, nodeLocalDns: true}}" })).toEqual(["node-local-dns-strict"])
  })
})

describe("security groups' rules", () => {
  const groups = (ingress: string, egress: string, dns = "[{protocol: \"-1\", groups: [sg-0a1b2c3d4e5f60718]}]"): string =>
    `{vpc: vpc-1, nodeGroups: [sg-node], dnsGroups: [sg-node], ranges: [10.0.0.0/16], groups: [{id: sg-0a1b2c3d4e5f60718, vpc: vpc-1, ingress: ${ingress}, egress: ${egress}}, {id: sg-node, vpc: vpc-1, ingress: ${dns}, egress: []}]}`
  const all = "[{protocol: \"-1\", cidrs: [0.0.0.0/0]}]"
  const probed = documents(db, withContainer("ports: [{name: web, containerPort: 80}], readinessProbe: {httpGet: {path: /, port: web}}"))
  const strict = "settings: {cni: {enforcingMode: strict, disableTcpEarlyDemux: true}}"
  const probing = (ingress: string): ReadonlyArray<string> => rulesOf(probed, { settings: strict, aws: groups(ingress, all) })
  const resolving = (egress: string, dns?: string): ReadonlyArray<Told> => told(documents(db, pod()), { aws: groups("[]", egress, dns) })

  it("let kubelet in by port, protocol and source", () => {
    expect(probing("[]")).toEqual(["probe-port-closed"])
    expect(probing("[{protocol: tcp, fromPort: 1, toPort: 100, groups: [sg-node]}]")).toEqual([])
    expect(probing("[{protocol: \"6\", fromPort: 80, toPort: 80, groups: [sg-node]}]")).toEqual([])
    expect(probing("[{protocol: \"-1\", groups: [sg-node]}]")).toEqual([])
    expect(probing("[{protocol: udp, fromPort: 80, toPort: 80, groups: [sg-node]}]")).toEqual(["probe-port-closed"])
    expect(probing("[{protocol: tcp, fromPort: 81, toPort: 90, groups: [sg-node]}]")).toEqual(["probe-port-closed"])
    expect(probing("[{protocol: tcp, fromPort: 1, toPort: 79, groups: [sg-node]}]")).toEqual(["probe-port-closed"])
    expect(probing("[{protocol: tcp, fromPort: 80, toPort: 80, groups: [sg-other]}]")).toEqual(["probe-port-closed"])
  })

  it("count as open where addresses may be among those that are let in", () => {
    expect(probing("[{protocol: tcp, fromPort: 80, toPort: 80, cidrs: [10.0.3.0/24]}]")).toEqual([])
    expect(probing("[{protocol: tcp, fromPort: 80, toPort: 80, cidrs: [192.168.0.0/16]}]")).toEqual(["probe-port-closed"])
    expect(probing("[{protocol: tcp, fromPort: 80, toPort: 80, prefixLists: [pl-1]}]")).toEqual([])
    expect(probing("[{protocol: tcp, fromPort: 80, toPort: 80, cidrs: [unreadable]}]")).toEqual([])
  })

  it("matter to kubelet's probes in strict mode alone, and where the port and the groups are known", () => {
    expect(rulesOf(probed, { settings: strict.replace("strict", "standard"), aws: groups("[]", all) })).toEqual([])
    expect(rulesOf(probed.replace("port: web", "port: wbe"), { settings: strict, aws: groups("[]", all) })).toEqual([])
    expect(rulesOf(probed, { settings: strict, aws: "{vpc: vpc-1, nodeGroups: [sg-node], groups: []}" })).toEqual(["group-absent"])
  })

  it("let the pod ask DNS by UDP and TCP, on both sides", () => {
    const port = (protocol: string): string => `{protocol: ${protocol}, fromPort: 53, toPort: 53, groups: [sg-node]}`
    expect(resolving(all)).toEqual([])
    expect(resolving(`[${port("udp")}, ${port("tcp")}]`)).toEqual([])
    expect(resolving(`[${port("udp")}]`)).toMatchObject([{ rule: "dns-closed", mend: "allow TCP 53 to sg-node in one of them" }])
    expect(resolving("[]")).toMatchObject([{ rule: "dns-closed", mend: "allow UDP and TCP 53 to sg-node in one of them" }])
    expect(resolving(all, "[{protocol: udp, fromPort: 53, toPort: 53, groups: [sg-0a1b2c3d4e5f60718]}]")).toMatchObject([{ rule: "dns-closed", mend: "allow TCP 53 from one of sg-0a1b2c3d4e5f60718 there" }])
  })

  it("do not matter to pods that ask another DNS, or a cache on their node in standard mode", () => {
    const aws = groups("[]", "[]")
    expect(rulesOf(documents(db, pod("dnsPolicy: Default")), { aws })).toEqual([])
    expect(rulesOf(documents(db, pod("dnsPolicy: ClusterFirst")), { aws })).toEqual(["dns-closed"])
    expect(rulesOf(documents(db, pod()), { aws, settings: "settings: {cni: {enforcingMode: standard, nodeLocalDns: true, externalSnat: true}}" })).toEqual([])
  })

  it("are of the cluster's VPC, by AWS or the config file", () => {
    const other = "{groups: [{id: sg-0a1b2c3d4e5f60718, vpc: vpc-2, ingress: [], egress: []}]}"
    expect(rulesOf(db, { aws: other })).toEqual([])
    expect(messageOf(db, { aws: other.replace("vpc-2,", "vpc-2, associated: false,").replace("{groups", "{vpc: vpc-1, groups") })).toBe("group sg-0a1b2c3d4e5f60718 belongs to vpc-2, the cluster is in vpc-1")
    expect(messageOf(db, { aws: other.replace("{groups", "{vpc: vpc-1, groups") })).toContain("nobody looked whether the two are associated")
    expect(rulesOf(db, { aws: other.replace("vpc-2,", "vpc-2, associated: true,").replace("{groups", "{vpc: vpc-1, groups") })).toEqual([])
    expect(rulesOf(db, { aws: other, settings: "settings: {vpc: vpc-0123456789abcdef0}" })).toEqual(["group-in-other-vpc"])
  })
})

describe("nodes' labels", () => {
  it("that choose nodes by a trunk are told where the plugin no longer sets them", () => {
    const text = documents(db, pod("nodeSelector: {vpc.amazonaws.com/has-trunk-attached: \"true\"}"))
    expect(told(text)).toMatchObject([{ rule: "trunk-label", line: 16 }])
    expect(rulesOf(text, { settings: "settings: {cni: {version: v1.12.6}}" })).toEqual([])
  })

  it("are the plugin's own on a node that was stored", () => {
    const node = (uid: string): string => `apiVersion: v1\nkind: Node\nmetadata: {name: a${uid}, labels: {vpc.amazonaws.com/has-trunk-attached: "false"}}\n`
    expect(rulesOf(node(""))).toEqual(["trunk-label"])
    expect(rulesOf(node(", uid: u"))).toEqual([])
  })

  it("name ENIConfigs that may be elsewhere, unless all are given", () => {
    const node = "apiVersion: v1\nkind: Node\nmetadata: {name: a, labels: {vpc.amazonaws.com/eniConfig: x}}\n"
    expect(rulesOf(node)).toEqual([])
    expect(lintTexts({ texts: [{ name: "a.yaml", text: node }] }).unjudged.map(({ rule }) => rule)).toEqual(["eni-config-absent"])
    expect(rulesOf(node, { settings: "settings: {complete: true}" })).toEqual(["eni-config-absent"])
  })
})

describe("the cooldown", () => {
  const set = (value: string): ReadonlyArray<string> => rulesOf(`apiVersion: v1\nkind: ConfigMap\nmetadata: {name: amazon-vpc-cni, namespace: kube-system}\ndata: {branch-eni-cooldown: "${value}"}\n`)
  it("is whole seconds, 30 or more", () => {
    expect(["30", "+60", "600"].flatMap(set)).toEqual([])
    expect(["29", "abc", "1m", "-60", "60.5", ""].map(set)).toEqual(Array.from({ length: 6 }, () => ["cooldown-setting"]))
  })
})

describe("things given twice", () => {
  it("are told at both places, but for names that the server makes, and pods by their owner", () => {
    expect(told(documents(db, pod(), pod())).map(({ line, rule }) => [rule, line])).toEqual([["object-twice", 10], ["object-twice", 19]])
    const job = "apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: a-}\nspec: {template: {spec: {containers: [{name: a}]}}}\n"
    expect(rulesOf(documents(job, job))).toEqual([])
  })

  it("are judged once: a pod beside the Deployment that makes it", () => {
    const replicaSet = pod("terminationGracePeriodSeconds: 0", { kind: "ReplicaSet", name: "web-1" }).replace("namespace: shop}", "namespace: shop, uid: r, ownerReferences: [{kind: Deployment, name: web, controller: true}]}")
    expect(rulesOf(documents(db, pod("terminationGracePeriodSeconds: 0"), replicaSet))).toEqual(["grace-period-zero"])
  })
})
