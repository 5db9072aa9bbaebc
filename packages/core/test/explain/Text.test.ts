import { describe, expect, it } from "@effect/vitest"
import { explainPod } from "../../src/explain/PodStory.js"
import { mismatchSentence, verdictMend, verdictSentence } from "../../src/explain/SelectionText.js"
import { toLines, toText } from "../../src/explain/Text.js"
import { duration, listed, plain } from "../../src/explain/Words.js"
import { layout } from "../../src/explain/Layout.js"
import { podEni } from "../../src/model/Names.js"
import * as S from "./support.js"

const { now, seconds } = S

describe("a pod's story as text", () => {
  it("of a pod that is served", () => {
    const story = explainPod(S.facts({
      pod: S.pod({ phase: "Running", annotations: S.annotation() }),
      trunk: S.serve(S.ready(9), "web-1", 1, now - 72 * seconds),
      policies: S.policies(
        S.policy("broken", [], {}),
        S.policy("db", ["sg-1"]),
        S.policy("web", ["sg-2"], { pod: { matchLabels: { role: "web" } } })
      ),
      events: [S.event("Pod", "SecurityGroupRequested", "Pod will get the following Security Groups [sg-1]", 9, "Normal")]
    }))
    expect(toText(story)).toBe(
      `Pod         default/web-1, Running
  uid       uid-web-1
Policies    3 in namespace default
  broken    ignored, it is invalid: spec: it has neither a podSelector nor a serviceAccountSelector;
            spec.securityGroups.groupIds: it names no security group
  db        matched: sg-1
  web       not matched: label role is "db", the podSelector wants role = "web"
Groups      sg-1
Admission   done: the first container asks for vpc.amazonaws.com/pod-eni
Scheduling  on ip-192-168-31-166.eu-west-1.compute.internal
  pod-eni   capacity 9, allocatable 9
Allocation  eni-00000000000000001 on VLAN id 1; in use for 1 min 12 s
  groups    sg-1
  subnet    subnet-0123456789abcdef0
Annotation  readable: eni-00000000000000001 on VLAN id 1, 192.168.0.11
Events      1 event
  9 s ago   Normal SecurityGroupRequested: Pod will get the following Security Groups [sg-1]
Waits for   nothing: it runs with its groups
Next        nothing: all is well
`
    )
  })

  it("of a pod that waits for a branch to cool", () => {
    const taken = S.serve(S.ready(1), "other", 7, now - 100 * seconds)
    const story = explainPod(S.facts({ trunk: S.request(S.release(taken, "other", now - 18 * seconds), "web-1", now - 3 * seconds) }))
    expect(toLines(story).slice(-8)).toEqual([
      "  pod-eni   capacity 9, allocatable 9",
      "Allocation  in line, number 1 of 1, for 3 s: no branch is free; free for it in 42 s",
      "  trunk     1 of 1 taken: 1 cooling",
      "Annotation  not there",
      "Waits for   a free branch on its node (1 of 1 taken: 1 cooling); it is number 1 in line, and one",
      "            that cools comes free for it in 42 s",
      "Next        nothing: it is served then; a shorter cooldown is branch-eni-cooldown in",
      "            kube-system/amazon-vpc-cni, 30 s or more"
    ])
  })

  it("of a pod whose group does not exist", () => {
    const message = "CreateNetworkInterface: InvalidGroup.NotFound: The security group 'sg-1' does not exist"
    const story = explainPod(S.facts({ trunk: S.fail(S.request(S.ready(9)), message) }))
    expect(toLines(story).slice(-4)).toEqual([
      "Waits for   EC2: its branch interface is being created, but that fails: CreateNetworkInterface:",
      "            InvalidGroup.NotFound: The security group 'sg-1' does not exist",
      "Next        mend the group ids of policy db, or create the group in the VPC of",
      "            subnet-0123456789abcdef0"
    ])
  })

  it("prints nothing that a terminal would act on", () => {
    const story = explainPod(S.facts({
      pod: S.pod({ annotations: { [podEni]: "[{\"eniId\":\"\u001b[31m\"}]" } }),
      events: [S.event("Pod", "Odd", "one\u001b[2J\nWaits for   two\r\u2028", 1)]
    }))
    const text = toText(story)
    // oxlint-disable-next-line no-control-regex -- they are what is looked for
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u2028]/)
    expect(text.match(/^Waits for/gm)).toHaveLength(1)
  })
})

describe("sentences", () => {
  it.each([
    { operator: "In", values: ["db"], actual: "web", text: "label role is \"web\", the podSelector wants role = \"db\"" },
    { operator: "In", values: ["a", "b"], actual: undefined, text: "there is no label role, the podSelector wants role in (\"a\", \"b\")" },
    { operator: "NotIn", values: ["a"], actual: "a", text: "label role is \"a\", the podSelector wants role other than \"a\"" },
    { operator: "NotIn", values: ["a", "b"], actual: "a", text: "label role is \"a\", the podSelector wants role not in (\"a\", \"b\")" },
    { operator: "Exists", values: [], actual: undefined, text: "there is no label role, the podSelector wants label role" },
    { operator: "DoesNotExist", values: [], actual: "a", text: "label role is \"a\", the podSelector wants no label role" }
  ] as const)("of a requirement that does not hold: $operator $values", ({ actual, operator, text, values }) => {
    expect(mismatchSentence({ path: "", key: "role", operator, values, actual }, "podSelector")).toBe(text)
  })

  it("of a verdict, and its mend", () => {
    const absent = { _tag: "ServiceAccountAbsent" } as const
    expect(verdictSentence(absent)).toBe("not matched: the pod's service account does not exist, and the policy selects by it")
    expect(verdictMend({ policy: "db", verdict: absent })).toBe("create the service account, with the labels that the policy selects")
    expect(verdictSentence({ _tag: "Matched", groups: S.groups("sg-1", "sg-2") })).toBe("matched: sg-1 sg-2")
    expect(verdictSentence({ _tag: "NoServiceAccount" })).toBe(
      "not matched: a mirror pod has no service account, and the policy selects by it"
    )
  })
})

describe("words", () => {
  it.each([
    [-5, "0 s"],
    [0, "0 s"],
    [1, "1 s"],
    [59_000, "59 s"],
    [60_000, "1 min"],
    [185_000, "3 min 5 s"],
    [7_440_000, "2 h 4 min"],
    [7_205_000, "2 h"],
    [90_000_000, "1 d 1 h"]
  ])("%d ms are %s", (millis, text) => {
    expect(duration(millis)).toBe(text)
  })

  it("list what there is, and count what is too much", () => {
    expect([[], ["a"], ["a", "b"], ["a", "b", "c"]].map((items) => listed(items))).toEqual(["none", "a", "a and b", "a, b and c"])
    expect(listed(["a", "b", "c", "d", "e", "f", "g"])).toBe("a, b, c, d, e and 2 more")
  })

  it("keep a line a line", () => {
    expect(plain(" a\n\tb\u009bc ")).toBe("a b c")
  })
})

describe("the layout", () => {
  it("aligns texts, and gives a label that is too long a line of its own", () => {
    expect(layout([
      { label: "A", text: "one" },
      { label: "long".repeat(12), text: "two", under: true },
      { label: "Longer", text: "" }
    ])).toEqual(["A       one", `  ${"long".repeat(12)}`, "        two", "Longer"])
  })

  it("breaks a word that fits no line", () => {
    const lines = layout([{ label: "A", text: `x ${"y".repeat(150)} z` }])
    expect(lines.map((line) => line.length)).toEqual([4, 100, 58])
    expect(lines.join("").replaceAll(" ", "")).toBe(`Ax${"y".repeat(150)}z`)
  })
})
