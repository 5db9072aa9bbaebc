import { DescribeRegionsCommand } from "@aws-sdk/client-ec2"
import * as Ec2Server from "@branchline/adapter-memory/ec2-server"
import { Effect } from "effect"
import { once } from "node:events"
import { Agent, request } from "node:http"
import { connect } from "node:net"
import { describe, expect, it } from "vitest"
import { furnished, outcome, post, run, serving, signed } from "./Serving.js"

const look = "Action=DescribeRegions&Version=2016-11-15"

describe("the listener", () => {
  it("answers a call whose form stands in the query", async () => {
    const { url } = await serving()
    const response = await fetch(`${url}/?${look}`, { headers: await signed() })
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining("<regionName>eu-west-1</regionName>")])
  })

  it.each([
    ["nothing at all", "", "400 MissingAction"],
    ["JSON", '{"Action":"DescribeRegions"}', "400 MissingAction"],
    ["a percent sign that stands for nothing", `${look}&A=%zz`, "400 MalformedQueryString"],
    ["an action that there is not", "Action=DescribeMoons&Version=2016-11-15", "400 InvalidAction"],
    ["a character that XML does not know", `${look}&A=%00`, "400 InvalidCharacter"],
    ["such a character for STS", "Action=%00&Version=2011-06-15", "400 ValidationError"]
  ])("answers %s with a document", async (_, body, expected) => {
    const { url } = await serving()
    expect(await post(url, body)).toBe(expected)
  })

  it("takes no body of more than 4 MiB, and goes on", async () => {
    const { url } = await serving()
    expect(await post(url, "x".repeat(4 * 1024 * 1024 + 1))).toMatch(/^413 A body has 4194304 bytes at most/)
    expect(await post(url, look)).toBe("200 DescribeRegionsResponse")
  })

  it.each(["//", "/?%", "/a/../b", "*"])("answers whatever the path %s is", async (path) => {
    const { port } = await serving()
    const [response] = await once(request({ port, host: "127.0.0.1", path, method: "POST", headers: await signed() }).end(look), "response") as [{ readonly statusCode: number; resume: () => void }]
    response.resume()
    expect(response.statusCode).toBe(200)
  })

  it("keeps a connection for many calls", async () => {
    const { port } = await serving()
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    let reused = 0
    for (let call = 0; call < 20; call++) {
      const sent = request({ port, host: "127.0.0.1", method: "POST", agent, headers: await signed() }).end(look)
      const [response] = await once(sent, "response") as [NodeJS.ReadableStream]
      await once(response.resume(), "end")
      if (sent.reusedSocket) reused++
    }
    agent.destroy()
    expect(reused).toBe(19)
  })

  it("answers hundreds of calls at once", async () => {
    const { control, subnetId, url } = await furnished()
    const create = `Action=CreateNetworkInterface&Version=2016-11-15&SubnetId=${subnetId}`
    const answers = await Promise.all(Array.from({ length: 400 }, () => post(url, create)))
    expect(new Set(answers)).toEqual(new Set(["200 CreateNetworkInterfaceResponse"]))
    expect((await run(control.snapshot)).interfaces).toHaveLength(401)
  })

  it("lets a call take effect whose client has gone away", async () => {
    const { control, port, subnetId } = await furnished()
    const hold = await run(control.addFault({ action: "CreateNetworkInterface", when: "before", answer: "hold", times: 1 }))
    const socket = connect(port, "127.0.0.1")
    const body = `Action=CreateNetworkInterface&Version=2016-11-15&SubnetId=${subnetId}`
    const headers = Object.entries({ ...(await signed()), "content-length": String(body.length), "host": "ec2" }).map(([name, value]) => `${name}: ${value}\r\n`).join("")
    socket.write(`POST / HTTP/1.1\r\n${headers}\r\n${body}`)
    await run(hold.fired())
    socket.destroy()
    await once(socket, "close")
    expect((await run(control.snapshot)).interfaces).toHaveLength(1)
    await run(hold.release("go"))
    await expect.poll(async () => (await run(control.snapshot)).interfaces.length).toBe(2)
  })

  it("has nothing of a call that came only in part", async () => {
    const { control, port, url } = await serving()
    const socket = connect(port, "127.0.0.1")
    socket.write("POST / HTTP/1.1\r\nhost: ec2\r\ncontent-length: 100\r\n\r\nAction=Desc")
    await once(socket, "connect")
    socket.destroy()
    expect(await post(url, look)).toBe("200 DescribeRegionsResponse")
    expect((await run(control.calls)).map(({ action }) => action)).toEqual(["DescribeRegions"])
  })

  it("ends at once, whatever is under way: what had no effect yet has none any more, and the port is free", async () => {
    const { close, control, ec2, faults, port, subnetId, url } = await furnished()
    const hold = await run(control.addFault({ action: "*", when: "before", answer: "hold" }))
    const waiting = post(url, `Action=CreateNetworkInterface&Version=2016-11-15&SubnetId=${subnetId}`).catch(() => "cut")
    await run(hold.fired())
    await close()
    expect(await waiting).toBe("cut")
    faults.release(hold.id, "go")
    await run(Effect.sleep(1))
    expect((await run(ec2.control.snapshot)).interfaces).toHaveLength(1)
    const again = await serving({ port })
    expect(await outcome(again.ec2Client().send(new DescribeRegionsCommand()))).toBe("done")
  })

  it("says where a port or a host cannot be had, and the mend", async () => {
    const { port } = await serving()
    const failure = (options: Ec2Server.Ec2ServerOptions) => run(Effect.scoped(Effect.flip(Ec2Server.make(options))).pipe(Effect.map(({ message }) => message)))
    expect(await failure({ port })).toBe(`--port ${port}: the port is in use; choose another, or 0 for any that is free`)
    expect(await failure({ host: "192.0.2.1" })).toBe("--host 192.0.2.1: it cannot be listened at: EADDRNOTAVAIL; name an address of this machine, such as 127.0.0.1")
  })
})
