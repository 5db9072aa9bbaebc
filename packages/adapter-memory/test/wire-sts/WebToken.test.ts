import { Result } from "effect"
import { describe, expect, it } from "vitest"
import { readWebToken } from "../../src/wire/sts/WebToken.js"

const now = 1_800_000_000_000
const token = (payload: string): string => `e30.${Buffer.from(payload).toString("base64url")}.c2ln`
const read = (text: string) => Result.match(readWebToken(text, now), { onFailure: ({ code, status }) => `${code} ${status}`, onSuccess: (claims) => claims })

describe("a web identity token", () => {
  it("says who it is for and by whom", () => {
    expect(read(token(JSON.stringify({ sub: "system:serviceaccount:kube-system:x", iss: "https://oidc", aud: ["sts.amazonaws.com"], exp: now / 1_000 + 1, nbf: 1 })))).toEqual({
      sub: "system:serviceaccount:kube-system:x",
      iss: "https://oidc",
      aud: ["sts.amazonaws.com"],
      exp: now / 1_000 + 1
    })
  })

  it("runs out", () => {
    expect(read(token(JSON.stringify({ exp: now / 1_000 })))).toBe("ExpiredTokenException 400")
  })

  it("may be anything that looks like one", () => {
    expect(read("a.b.c")).toEqual({})
    expect(read(token("no JSON"))).toEqual({})
    expect(read(token(JSON.stringify({ exp: "soon" })))).toEqual({})
  })

  it.each(["", "a", "a.b", "a.b.c.d"])("%j is none", (text) => expect(read(text)).toBe("InvalidIdentityToken 400"))
})
