import { assert, describe, it } from "@effect/vitest"
import { type ConfigMapSettings, read, silent } from "../../src/controller/ConfigMapSettings.js"
import type { ConfigMap } from "../../src/model/ConfigMap.js"

const configMap = (data: Record<string, string> | null): ConfigMap => ({
  metadata: { name: "amazon-vpc-cni", namespace: "kube-system", uid: "u", resourceVersion: "1" },
  data
})
const before: ConfigMapSettings = { cooldown: 45_000, windowsIpam: true }
const cooldown = (value: string) => read(configMap({ "branch-eni-cooldown": value }), before)

describe("the ConfigMap's settings", () => {
  it("are silent where there is none, or nothing in it, whatever was in force", () => {
    for (const nothing of [undefined, configMap(null), configMap({}), configMap({ "warm-ip-target": "3" })]) {
      assert.deepStrictEqual(read(nothing, before), { settings: silent, problems: [] })
    }
  })

  it.for([
    ["90", 90_000],
    ["30", 30_000],
    ["29", 30_000],
    ["0", 30_000],
    ["-5", 30_000],
    ["+60", 60_000],
    ["060", 60_000],
    ["999999999", 999_999_999_000]
  ] as const)("a cooldown of %s seconds is %s ms", ([text, millis]) => {
    assert.deepStrictEqual(cooldown(text), { settings: { cooldown: millis, windowsIpam: false }, problems: [] })
  })

  it.for(["abc", "", " 60", "60s", "1.5", "1e2", "0x1f", "9999999999", "NaN", "６０"])(
    "a cooldown of \"%s\" is none: the last good one stays, and it is named",
    (value) => {
      assert.deepStrictEqual(cooldown(value), {
        settings: { cooldown: 45_000, windowsIpam: false },
        problems: [{ key: "branch-eni-cooldown", value, expected: "a whole number of seconds" }]
      })
    }
  )

  it("a bad value at the start leaves the decision to the controller's own settings", () => {
    assert.isUndefined(read(configMap({ "branch-eni-cooldown": "abc" }), silent).settings.cooldown)
  })

  it("reads a truth as Go's ParseBool does", () => {
    const windows = (value: string) => read(configMap({ "enable-windows-ipam": value }), silent)
    for (const value of ["1", "t", "T", "TRUE", "true", "True"]) {
      assert.deepStrictEqual(windows(value), { settings: { ...silent, windowsIpam: true }, problems: [] })
    }
    for (const value of ["0", "f", "F", "FALSE", "false", "False"]) {
      assert.deepStrictEqual(windows(value), { settings: silent, problems: [] })
    }
    for (const value of ["yes", "tRUE", "", "2"]) {
      const expected = [{ key: "enable-windows-ipam", value, expected: "true or false" }]
      assert.deepStrictEqual(windows(value), { settings: silent, problems: expected })
      assert.deepStrictEqual(read(configMap({ "enable-windows-ipam": value }), before).settings, { cooldown: undefined, windowsIpam: true })
    }
  })

  it("names every bad value, and keeps the good one beside it", () => {
    const { problems, settings } = read(configMap({ "branch-eni-cooldown": "abc", "enable-windows-ipam": "yes" }), before)
    assert.deepStrictEqual(problems.map(({ key }) => key), ["branch-eni-cooldown", "enable-windows-ipam"])
    assert.deepStrictEqual(settings, before)
    assert.strictEqual(read(configMap({ "branch-eni-cooldown": "90", "enable-windows-ipam": "yes" }), before).settings.cooldown, 90_000)
  })
})
