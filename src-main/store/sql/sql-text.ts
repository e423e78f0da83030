/** A word, name, literal or sign of SQL, and where it stands (offsets in UTF-16 units). Blanks and comments are none. */
export interface SqlToken {
  readonly kind: 'word' | 'name' | 'text' | 'number' | 'sign';
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

const PATTERNS: readonly (readonly [SqlToken['kind'] | 'blank', RegExp])[] = [
  ['blank', /(?:\s+|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))/y],
  ['text', /'(?:[^']|'')*'?/y],
  ['name', /"(?:[^"]|"")*"?|\[[^\]]*\]?|`(?:[^`]|``)*`?/y],
  ['number', /(?:0[xX][0-9a-fA-F]+|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)/y],
  ['word', /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y],
  ['sign', /<>|<=|>=|!=|==|\|\||<<|>>|->>|->|[\s\S]/y],
];

/** The tokens of a text, as SQLite would read them. Never fails: what it does not know is a sign. */
export function sqlTokens(sql: string): readonly SqlToken[] {
  const tokens: SqlToken[] = [];
  for (let at = 0; at < sql.length; ) {
    for (const [kind, pattern] of PATTERNS) {
      pattern.lastIndex = at;
      const found = pattern.exec(sql);
      if (found === null) continue;
      const to = at + found[0].length;
      if (kind !== 'blank') tokens.push({ kind, text: found[0], from: at, to });
      at = to;
      break;
    }
  }
  return tokens;
}

/** Words of a text in small letters: every view that it can name is among them. */
export const wordsOf = (sql: string): ReadonlySet<string> =>
  new Set(sqlTokens(sql).flatMap(({ kind, text }) => (kind === 'word' ? [text.toLowerCase()] : kind === 'name' ? [text.slice(1, -1).toLowerCase()] : [])));

/** What SQLite says of a text; undefined if nothing is wrong with it. */
export type Verdict = (sql: string) => string | undefined;

const UNVIABLE = /: syntax error$|^unrecognized token: /;

/** Number of the first token with which the text cannot go on: what stands before it is the beginning of some statement, with it it is none. */
function firstUnviable(sql: string, tokens: readonly SqlToken[], verdict: Verdict): number {
  let low = 0;
  let high = tokens.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (UNVIABLE.test(verdict(sql.slice(0, tokens[middle]?.to)) ?? '')) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Tokens that a message of SQLite may mean by `a.b` or `f`, as the first and last token of each place. */
function namedPlaces(tokens: readonly SqlToken[], name: string): readonly (readonly [SqlToken, SqlToken])[] {
  const parts = name.toLowerCase().split('.');
  const plain = ({ kind, text }: SqlToken): string => (kind === 'name' ? text.slice(1, -1) : text).toLowerCase();
  return tokens.flatMap((first, index): readonly (readonly [SqlToken, SqlToken])[] => {
    const run = tokens.slice(index, index + parts.length * 2 - 1);
    const last = run.at(-1);
    const fits = run.length === parts.length * 2 - 1 && run.every((token, at) => (at % 2 === 0 ? plain(token) === parts[at / 2] : token.text === '.'));
    return fits && last !== undefined ? [[first, last]] : [];
  });
}

const NAMED =
  /^(?:no such (?:column|table|function|module|table-valued function|collation sequence|window)|ambiguous column name|misuse of (?:aggregate|window function):?|wrong number of arguments to function|unknown function)[: ]+"?([\w.$]+)"?/;

/**
 * Where in the text the error lies that SQLite tells of (offsets). SQLite's message names a word and not its place, so the text is put before it in parts: of a syntax error the
 * first token that cannot stand there, of an unknown name the place without which the message would be another.
 */
export function errorRange(sql: string, message: string, verdict: Verdict): { readonly from: number; readonly to: number } {
  const tokens = sqlTokens(sql);
  const last = tokens.at(-1);
  if (last === undefined || message === 'incomplete input') return { from: sql.length, to: sql.length };
  if (UNVIABLE.test(message)) {
    const { from, to } = tokens[firstUnviable(sql, tokens, verdict)] ?? last;
    return { from, to };
  }
  const name = NAMED.exec(message)?.[1];
  if (name === undefined) return { from: tokens[0]?.from ?? 0, to: last.to };
  const places = namedPlaces(tokens, name);
  const without = ([first, end]: readonly [SqlToken, SqlToken]): string => `${sql.slice(0, first.from)}null${sql.slice(end.to)}`;
  const guilty = places.find((place) => verdict(without(place)) !== message) ?? places[0];
  return guilty === undefined ? { from: tokens[0]?.from ?? 0, to: last.to } : { from: guilty[0].from, to: guilty[1].to };
}

/** Line and column (from 1) of an offset. */
export function lineColumn(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}
