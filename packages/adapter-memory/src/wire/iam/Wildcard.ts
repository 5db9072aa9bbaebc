// A star and a question mark that stand for themselves, as those that a variable brings. Both are of Unicode's private use.
const literalStar = "\uE000"
const literalMark = "\uE001"

/** The text as a pattern that only it fits. */
export const literally = (text: string): string => text.replaceAll("*", literalStar).replaceAll("?", literalMark)

const fits = (pattern: string | undefined, character: string): boolean => {
  switch (pattern) {
    case "?":
      return true
    case literalStar:
      return character === "*"
    case literalMark:
      return character === "?"
    default:
      return pattern === character
  }
}

/** Whether a text fits a pattern: `*` is any text, `?` any one character. It takes a time that grows with the product of their lengths at worst. */
export const like = (pattern: string, text: string): boolean => {
  let at = 0
  let place = 0
  let star = -1
  let resume = 0
  while (place < text.length) {
    if (pattern[at] === "*") {
      star = at++
      resume = place
    } else if (fits(pattern[at], text[place] ?? "")) {
      at++
      place++
    } else if (star >= 0) {
      at = star + 1
      place = ++resume
    } else return false
  }
  while (pattern[at] === "*") at++
  return at === pattern.length
}
