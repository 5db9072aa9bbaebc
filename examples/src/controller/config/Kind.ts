import { Option, Result, Schema, SchemaTransformation } from "effect"
import { goDuration } from "@branchline/core/controller/GoDuration"
import { parseDuration } from "../../story/Durations.js"

/** What values a setting takes, and how they are written. */
export interface Kind<A> {
  /** In help; empty for a switch. */
  readonly metavar: string
  /** What a value has to be, in messages: `a whole number from 1 to 16`. */
  readonly expected: string
  /** How a YAML file writes it. */
  readonly yaml: "string" | "number" | "boolean" | "list"
  /** The text of a flag or an environment variable as a value; undefined where it is none. */
  readonly read: (text: string) => A | undefined
  /** The value as the text that {@link Kind.read} takes. */
  readonly write: (value: A) => string
  /** As {@link Kind.write}, for people who may not see all of it. */
  readonly show: (value: A) => string
}

const kind = <A>(
  codec: Schema.Codec<A, string>,
  words: Pick<Kind<A>, "metavar" | "expected"> & Partial<Pick<Kind<A>, "yaml" | "show">>
): Kind<A> => {
  const decode = Schema.decodeUnknownResult(codec)
  const write = Schema.encodeSync(codec)
  return {
    yaml: "string",
    show: write,
    ...words,
    read: (text) => Result.getOrElse(decode(text), () => undefined),
    write
  }
}

/** Texts of a form, and what they stand for. */
const form = (isOne: (text: string) => boolean) => Schema.String.check(Schema.makeFilter(isOne))

const NonEmpty = form((text) => text.trim() !== "")

export const text = (metavar: string, expected = "a text that is not empty", isOne?: (text: string) => boolean): Kind<string> =>
  kind(isOne === undefined ? NonEmpty : form(isOne), { metavar, expected })

const rfc1123 = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/

/** The name of a Kubernetes object. */
export const objectName: Kind<string> = kind(form((name) => rfc1123.test(name)), {
  metavar: "name",
  expected: "a Kubernetes name: lower case letters, digits, - and ."
})

export const choice = <const Choices extends ReadonlyArray<string>>(choices: Choices): Kind<Choices[number]> =>
  kind(Schema.Literals(choices), { metavar: choices.join("|"), expected: `${choices.slice(0, -1).join(", ")} or ${choices.at(-1) ?? ""}` })

const spellings: Readonly<Record<string, boolean>> = { true: true, yes: true, on: true, "1": true, false: false, no: false, off: false, "0": false }

export const flag: Kind<boolean> = kind(
  form((text) => Object.hasOwn(spellings, text.toLowerCase())).pipe(
    Schema.decodeTo(Schema.Boolean, SchemaTransformation.transform({ decode: (text) => spellings[text.toLowerCase()] === true, encode: String }))
  ),
  { metavar: "", expected: "true or false", yaml: "boolean" }
)

/** A whole number in a range. */
export const whole = (least: number, most = Number.MAX_SAFE_INTEGER): Kind<number> =>
  kind(
    form((text) => /^[+-]?\d{1,15}$/.test(text)).pipe(
      Schema.decodeTo(
        Schema.Int.check(Schema.isBetween({ minimum: least, maximum: most })),
        SchemaTransformation.transform({ decode: Number, encode: String })
      )
    ),
    {
      metavar: "n",
      expected: most === Number.MAX_SAFE_INTEGER ? `a whole number, ${least} or more` : `a whole number from ${least} to ${most}`,
      yaml: "number"
    }
  )

/** A length of time as Go and kubectl write it, in milliseconds. */
export const duration = (least = 0, most = Number.MAX_SAFE_INTEGER): Kind<number> => {
  const range = `${least === 0 ? "" : `, ${goDuration(least)} or more`}${most === Number.MAX_SAFE_INTEGER ? "" : `, ${goDuration(most)} at most`}`
  return kind(
    form((text) => Option.isSome(parseDuration(spelled(text)))).pipe(
      Schema.decodeTo(
        Schema.Int.check(Schema.isBetween({ minimum: least, maximum: most })),
        SchemaTransformation.transform({
          decode: (text) => Math.round(Option.getOrElse(parseDuration(spelled(text)), () => NaN)),
          encode: short
        })
      )
    ),
    { metavar: "duration", expected: `a length of time such as 90s, 5m or 1m30s${range}` }
  )
}

/** As Go prints it, without the zeros at its end: `1m` for `1m0s`. */
const short = (millis: number): string => {
  const text = goDuration(millis)
  return text === "0s" ? text : text.replace(/(?<=[hm])0s$/, "").replace(/(?<=h)0m$/, "")
}

const units: Readonly<Record<string, string>> = { milli: "ms", second: "s", minute: "m", hour: "h" }

/** `90 seconds`, as core's own `Settings.fromConfig` reads it, in the shorter spelling. */
const spelled = (text: string): string => {
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?) (milli|second|minute|hour)s?$/.exec(text) ?? []
  return amount === undefined ? text : `${amount}${units[unit] ?? ""}`
}

/** Where a server listens. */
export interface Address {
  readonly host: string
  readonly port: number
}

const addressForm = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]*)):(\d{1,5})$/

const readAddress = (text: string): Address => {
  const [, v6, other, port] = addressForm.exec(text) ?? []
  const host = v6 ?? other ?? ""
  return { host: host === "" ? "0.0.0.0" : host, port: Number(port) }
}

const writeAddress = ({ host, port }: Address): string => `${host.includes(":") ? `[${host}]` : host}:${port}`

/** `host:port` in which the host may be left out (all of IPv4); port 0 is any that is free; `off` is none. */
export const address: Kind<Address | "off"> = kind(
  form((text) => text === "off" || (addressForm.test(text) && readAddress(text).port <= 65_535)).pipe(
    Schema.decodeTo(
      Schema.Union([Schema.Literal("off"), Schema.Struct({ host: Schema.String, port: Schema.Int })]),
      SchemaTransformation.transform({
        decode: (text): Address | "off" => text === "off" ? "off" : readAddress(text),
        encode: (value) => value === "off" ? "off" : writeAddress(value)
      })
    )
  ),
  { metavar: "host:port", expected: "host:port with a port from 0 to 65535, or off" }
)

const isHttp = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)

const withoutPassword = (text: string): string => {
  const url = new URL(text)
  if (url.password !== "") url.password = "***"
  return url.password === "" ? text : url.href
}

/** An http or https URL; a password in it is not shown. */
export const url: Kind<string> = kind(form(isHttp), {
  metavar: "url",
  expected: "a URL such as http://127.0.0.1:8700",
  show: withoutPassword
})

/** Texts, separated by commas; a list in a file. */
export const list = (metavar: string, expected: string, isOne: (text: string) => boolean): Kind<ReadonlyArray<string>> =>
  kind(
    form((text) => parts(text).every(isOne)).pipe(
      Schema.decodeTo(Schema.Array(Schema.String), SchemaTransformation.transform({ decode: parts, encode: (all) => all.join(",") }))
    ),
    { metavar, expected, yaml: "list" }
  )

const parts = (text: string): ReadonlyArray<string> => text.split(",").map((part) => part.trim()).filter((part) => part !== "")
