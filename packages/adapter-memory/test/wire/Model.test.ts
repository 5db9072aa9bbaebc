import { describe, expect, it } from "vitest"
import { parametersOf, strangeIn } from "./Model.js"
import { wire } from "./Wire.js"

const answer = (content: string): string =>
  `<DescribeNetworkInterfacesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId>${content}</DescribeNetworkInterfacesResponse>`

describe("the published model", () => {
  it("knows every parameter that an action takes or ignores", async () => {
    const { dispatch } = await wire()
    const strange = dispatch.actions.flatMap(({ ignores, name, takes }) => {
      const known = parametersOf(name)
      return [...takes, ...ignores].filter((parameter) => !known.has(parameter)).map((parameter) => `${name}.${parameter}`)
    })
    expect(strange).toEqual([])
    expect(dispatch.actions.map(({ name }) => name)).toHaveLength(new Set(dispatch.actions.map(({ name }) => name)).size)
  })

  it("lets DryRun be asked of every action but one", async () => {
    const { dispatch } = await wire()
    expect(dispatch.actions.map(({ name }) => name).filter((name) => !parametersOf(name).has("DryRun"))).toEqual(["DescribeNetworkInterfacePermissions"])
  })

  it("is what answers are held against: unknown elements, wrong types, lists without items", () => {
    expect(strangeIn("DescribeNetworkInterfaces", answer("<networkInterfaceSet></networkInterfaceSet>"))).toEqual([])
    expect(strangeIn("DescribeNetworkInterfaces", answer("<networkInterfaceSet><item><colour>red</colour></item></networkInterfaceSet>")))
      .toEqual(["DescribeNetworkInterfaces.networkInterfaceSet[0].colour is not in the model"])
    expect(strangeIn("DescribeNetworkInterfaces", answer("<networkInterfaceSet><item><sourceDestCheck>yes</sourceDestCheck></item></networkInterfaceSet>")))
      .toEqual(["DescribeNetworkInterfaces.networkInterfaceSet[0].sourceDestCheck 'yes' is no boolean"])
    expect(strangeIn("DescribeNetworkInterfaces", answer("<networkInterfaceSet><eni>1</eni></networkInterfaceSet>")))
      .toEqual(["DescribeNetworkInterfaces.networkInterfaceSet is no list of items"])
    expect(strangeIn("DescribeNetworkInterfaces", answer("<networkInterfaceSet><item><attachment><attachTime>now</attachTime></attachment></item></networkInterfaceSet>")))
      .toEqual(["DescribeNetworkInterfaces.networkInterfaceSet[0].attachment.attachTime 'now' is no date"])
  })
})
