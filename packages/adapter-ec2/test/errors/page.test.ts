import { expect, it } from "vitest"
import { page } from "./Page.js"

it("is what docs/errors.md says (vitest run packages/adapter-ec2/test/errors -u writes it)", async () => {
  await expect(page()).toMatchFileSnapshot("../../docs/errors.md")
})
