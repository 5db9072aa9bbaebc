/** What a figure is to be. */
export interface Aim {
  readonly at: "most" | "least"
  readonly value: number
}

/** One thing that was measured. */
export interface Figure {
  readonly name: string
  readonly value: number
  /** Empty for a plain number. */
  readonly unit: string
  readonly aim?: Aim | undefined
  /** What else is worth knowing, in a few words. */
  readonly note?: string | undefined
}

/** A figure in the making: `--only` selects by name. */
export interface Measure {
  readonly name: string
  readonly title: string
  /** Takes seconds; tells on `say` what it is at. */
  readonly run: (say: (text: string) => void) => ReadonlyArray<Figure>
}

export const isMet = ({ aim, value }: Figure): boolean | undefined =>
  aim === undefined ? undefined : aim.at === "most" ? value <= aim.value : value >= aim.value

/** Three significant digits, with thousands apart; whole numbers as they are. */
const formatNumber = (value: number): string => {
  if (value >= 1_000) return Number(value.toPrecision(3)).toLocaleString("en-US")
  return Number.isInteger(value) ? String(value) : value.toPrecision(3)
}

const withUnit = (value: number, unit: string): string => (unit === "" ? formatNumber(value) : `${formatNumber(value)} ${unit}`)

const formatFigure = ({ note, unit, value }: Figure): string => `${withUnit(value, unit)}${note === undefined ? "" : ` (${note})`}`

const formatAim = (figure: Figure): string => {
  const { aim, unit } = figure
  if (aim === undefined) return ""
  const limit = `${aim.at === "most" ? "≤" : "≥"} ${withUnit(aim.value, unit)}`
  return isMet(figure) === true ? limit : `${limit}: missed`
}

/** A Markdown table of figures, its columns aligned: what the terminal shows is what the README holds. */
export const table = (figures: ReadonlyArray<Figure>): string => {
  const rows = [["what", "figure", "aim"], ...figures.map((figure) => [figure.name, formatFigure(figure), formatAim(figure)])]
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)))
  const line = (cells: ReadonlyArray<string>): string => `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`
  const [head, ...body] = rows.map(line)
  return [head, `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...body].join("\n")
}
