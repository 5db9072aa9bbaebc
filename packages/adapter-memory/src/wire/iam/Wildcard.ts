/** `*` is any text, `?` any character; everything else is itself. */
export const wildcard = (pattern: string): (text: string) => boolean => {
  const source = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", "[^]*").replaceAll("?", "[^]")
  const expression = new RegExp(`^${source}$`)
  return (text) => expression.test(text)
}
