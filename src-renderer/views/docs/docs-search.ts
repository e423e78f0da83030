/** A heading of a page, where it stands, and the plain text below it down to the next heading: what a search reads. */
export interface DocsHeading {
  readonly depth: number;
  readonly text: string;
  readonly anchor: string;
  readonly body: string;
}

/** A page of the docs. `slug` is its file name in docs/ without `.md`. */
export interface Docs {
  readonly slug: string;
  readonly title: string;
  readonly headings: readonly DocsHeading[];
  readonly load: () => Promise<{ readonly html: string }>;
}

/** Where a search found its words. */
export interface DocsHit {
  readonly slug: string;
  readonly page_title: string;
  readonly anchor: string;
  readonly heading: string;
  /** Some words around the first one that was found in the text; empty where the heading has them all. */
  readonly excerpt: string;
}

/** The pages in the order in which to read them, by heading. What is not named here stands last. */
export const DOCS_GROUPS: readonly { readonly title: string; readonly slugs: readonly string[] }[] = [
  { title: 'Start', slugs: ['first-hour', 'installing'] },
  { title: 'Models', slugs: ['models', 'sockets', 'fidelity'] },
  { title: 'Reference', slugs: ['scenario-language', 'recording', 'recording-tables', 'sql', 'sharing'] },
  { title: 'For builders', slugs: ['architecture', 'add-a-model', 'add-an-importer'] },
];

/** The pages that are there, grouped for the list. */
export function groupDocs(pages: readonly Docs[]): readonly { readonly title: string; readonly pages: readonly Docs[] }[] {
  const named = new Set(DOCS_GROUPS.flatMap(({ slugs }) => slugs));
  const groups = DOCS_GROUPS.map(({ title, slugs }) => ({ title, pages: slugs.flatMap((slug) => pages.filter((page) => page.slug === slug)) }));
  return [...groups, { title: 'More', pages: pages.filter(({ slug }) => !named.has(slug)) }].filter((group) => group.pages.length > 0);
}

const EXCERPT_BEFORE = 40;
const EXCERPT_LENGTH = 140;
/** Of more hits the first are told. */
export const HITS_MAX = 60;

function excerptOf(body: string, word: string): string {
  const at = body.toLowerCase().indexOf(word);
  if (at === -1) return '';
  const from = at <= EXCERPT_BEFORE ? 0 : body.indexOf(' ', at - EXCERPT_BEFORE) + 1;
  const end = from + EXCERPT_LENGTH;
  const to = end >= body.length ? body.length : Math.max(at + word.length, body.lastIndexOf(' ', end));
  return `${from > 0 ? '… ' : ''}${body.slice(from, to).trim()}${to < body.length ? ' …' : ''}`;
}

const wordsOf = (query: string): readonly string[] => query.toLowerCase().split(/\s+/).filter(Boolean);

/** A text in pieces, those that a query's words found told apart. */
export function foundPieces(text: string, query: string): readonly { readonly text: string; readonly is_found: boolean }[] {
  const words = wordsOf(query).map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  if (words.length === 0) return [{ text, is_found: false }];
  // What the pattern captures stands at every other place.
  return text.split(new RegExp(`(${words.join('|')})`, 'i')).flatMap((piece, index) => (piece === '' ? [] : [{ text: piece, is_found: index % 2 === 1 }]));
}

/** Headings whose section holds every word of a query: those with the words in the heading first, then in the order of the pages. */
export function searchDocs(pages: readonly Docs[], query: string): readonly DocsHit[] {
  const words = wordsOf(query);
  if (words.length === 0) return [];
  const hits: { readonly hit: DocsHit; readonly in_heading: number }[] = [];
  for (const { slug, title, headings } of pages) {
    for (const { text, anchor, body } of headings) {
      const [head, below] = [text.toLowerCase(), body.toLowerCase()];
      if (!words.every((word) => head.includes(word) || below.includes(word))) continue;
      const missing = words.find((word) => !head.includes(word));
      const excerpt = missing === undefined ? '' : excerptOf(body, missing);
      hits.push({ hit: { slug, page_title: title, anchor, heading: text, excerpt }, in_heading: words.filter((word) => head.includes(word)).length });
    }
  }
  return hits
    .sort((a, b) => b.in_heading - a.in_heading)
    .slice(0, HITS_MAX)
    .map(({ hit }) => hit);
}
