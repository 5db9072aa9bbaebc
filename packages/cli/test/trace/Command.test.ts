import { Schema } from "effect"
import { describe, expect, it } from "vitest"
import { PodTrace } from "../../src/trace/pod/Schema.js"
import { Window } from "../../src/trace/window/Summary.js"
import { branchline, file } from "../support/Cli.js"
import { linesOf, podOf } from "./support/Records.js"

const web = podOf()
const well = file("well.log", linesOf([web.create(0), web.bind(31), web.annotate(90), web.remove(5_000, 0)]))
const foreign = file("foreign.log", linesOf([web.create(0), web.bind(31), web.annotate(90), web.annotate(95, "[]", { user: "somebody" })]))

describe("branchline trace", () => {
  it("ends with 0 where all is well and with 1 where there is something to look into", async () => {
    for (const args of [["trace", "pod", "web-1", "-n", "shop"], ["trace", "window"]]) {
      expect(await branchline([...args, well])).toMatchObject({ code: 0, err: "" })
      expect(await branchline([...args, foreign])).toMatchObject({ code: 1 })
    }
  })

  it("ends with 2 and one line where it cannot read", async () => {
    expect(await branchline(["trace", "window", "missing.log"])).toMatchObject({ code: 2, err: expect.stringContaining("error: missing.log: there is no such file") })
    expect(await branchline(["trace", "pod"])).toMatchObject({ code: 2, err: "error: whose story?\nmend: say the pod's name, or --uid" })
    expect(await branchline(["trace", "window", "--since", "soon", well])).toMatchObject({ code: 2, err: expect.stringContaining("a length of time such as 90s, 15m, 2h or 1d") })
  })

  it("prints what the schemas document", async () => {
    expect(Schema.decodeUnknownSync(PodTrace)(JSON.parse((await branchline(["trace", "pod", "web-1", "-n", "shop", well, "-o", "json"])).out)).pods).toHaveLength(1)
    expect(Schema.decodeUnknownSync(Window)(JSON.parse((await branchline(["trace", "window", well, "-o", "json"])).out)).pods.annotated).toBe(1)
    for (const name of ["trace-pod", "trace-window"]) expect(JSON.parse((await branchline(["schema", name])).out)).toMatchObject({ type: "object" })
  })

  it("takes a pod as kubectl prints it, or by its UID", async () => {
    expect((await branchline(["trace", "pod", "pod/web-1", "-n", "shop", well])).out).toContain("created by")
    expect((await branchline(["trace", "pod", "--uid", "uid-1", well])).out).toContain("shop/web-1")
  })

  it("believes users whom --controller names", async () => {
    expect(await branchline(["trace", "window", "--controller", "somebody", foreign])).toMatchObject({ code: 0 })
  })
})
