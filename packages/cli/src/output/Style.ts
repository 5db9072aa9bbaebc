/** How text is set off; where there is no colour, everything stays plain. */
export interface Style {
  readonly heading: (text: string) => string
  readonly faint: (text: string) => string
  readonly actor: (text: string) => string
  readonly good: (text: string) => string
  readonly warning: (text: string) => string
  readonly bad: (text: string) => string
}

/** Select Graphic Rendition, `ESC [ n m`. Source: ECMA-48 §8.3.117. */
const sgr = (on: number, off: number) => (text: string): string => `\u001b[${on}m${text}\u001b[${off}m`

const plain = (text: string): string => text

export const colourless: Style = { heading: plain, faint: plain, actor: plain, good: plain, warning: plain, bad: plain }

export const coloured: Style = {
  heading: sgr(1, 22),
  faint: sgr(2, 22),
  actor: sgr(36, 39),
  good: sgr(32, 39),
  warning: sgr(33, 39),
  bad: sgr(31, 39)
}
