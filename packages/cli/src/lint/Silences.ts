import { Lexer } from "yaml"
import type { Position } from "./Place.js"

/** A comment that switches a rule off for some lines: `# branchline-lint-disable grace-period-zero -- it has nothing to say goodbye to`. */
export interface Silence {
  /** As the comment spells it; empty where the comment names no rule. */
  readonly rule: string
  readonly position: Position
  /** First and last line that it is about; the first is after the last where there is nothing. */
  readonly from: number
  readonly to: number
}

/** Lines of a document's content, from 1. */
export interface Extent {
  readonly first: number
  readonly last: number
}

interface Comment {
  readonly text: string
  readonly offset: number
}

interface Marks {
  readonly comments: ReadonlyArray<Comment>
  /** Offsets of `---`. */
  readonly starts: ReadonlyArray<number>
}

/** Signs by which the lexer tells what comes next; they are not in the text. Source: `yaml`, "Lexer". */
const unwritten: ReadonlySet<string> = new Set(["\u0002", "\u0018", "\u001f"])

const marksOf = (text: string): Marks => {
  const comments: Array<Comment> = []
  const starts: Array<number> = []
  let offset = 0
  let before = ""
  for (const lexeme of new Lexer().lex(text)) {
    if (!unwritten.has(lexeme)) {
      if (lexeme === "---") starts.push(offset)
      if (lexeme.startsWith("#") && before !== "\u001f") comments.push({ text: lexeme, offset })
      offset += lexeme.length
    }
    before = lexeme
  }
  return { comments, starts }
}

const directive = /^#\s*branchline-lint-disable(?![\w-])\s*(.*)$/

/** The rules that a comment names, each with where it stands in the comment; undefined where it is another comment. */
const named = (text: string): ReadonlyArray<{ readonly rule: string; readonly at: number }> | undefined => {
  const match = directive.exec(text.trimEnd())
  if (match === null) return undefined
  const [, said = ""] = match
  const [ids = ""] = said.split(/(?:^|\s)--(?:\s|$)/)
  const base = match[0].length - said.length
  const found = [...ids.matchAll(/[^\s,]+/g)].map(({ 0: rule, index }) => ({ rule, at: base + index }))
  return found.length === 0 ? [{ rule: "", at: 0 }] : found
}

/**
 * The comments of a text that switch rules off. One at the head of a document is about the whole document, one behind something about its line, any other about the
 * next line that says something.
 */
export const silencesOf = (
  text: string,
  extents: ReadonlyArray<Extent>,
  positionAt: (offset: number) => Position
): ReadonlyArray<Silence> => {
  if (!text.includes("branchline-lint-disable")) return []
  const { comments, starts } = marksOf(text)
  const lines = text.split(/\r\n|\r|\n/)
  const startLines = starts.map((offset) => positionAt(offset).line)
  const silent = (line: number): boolean => /^\s*(#|$)/.test(lines[line - 1] ?? "")

  const reachOf = ({ column, line }: Position): Extent => {
    const at = extents.findIndex(({ first }) => line < first)
    const document = extents[at]
    if (document !== undefined) {
      const after = extents[at - 1]?.last ?? 0
      const head = startLines.findLast((start) => start < document.first && start > after) ?? after + 1
      if (line >= head) return document
    }
    if ((lines[line - 1] ?? "").slice(0, column - 1).trim() !== "") return { first: line, last: line }
    let next = line + 1
    while (next <= lines.length && silent(next)) next++
    return next > lines.length || startLines.includes(next) ? { first: 1, last: 0 } : { first: next, last: next }
  }

  return comments.flatMap(({ offset, text: comment }) => {
    const rules = named(comment)
    if (rules === undefined) return []
    const { first, last } = reachOf(positionAt(offset))
    return rules.map(({ at, rule }) => ({ rule, position: positionAt(offset + at), from: first, to: last }))
  })
}
