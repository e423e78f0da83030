import { Marked, type Tokens } from 'marked';
import type { DocsHeading } from '../src-renderer/views/docs/docs-search.ts';

/** A page of docs/, ready to be shown. */
export interface DocsPage {
  readonly title: string;
  readonly html: string;
  readonly headings: readonly DocsHeading[];
  /** Paths of its pictures below docs/, in the order of the marks `src="docs-image:N"` in the text. */
  readonly images: readonly string[];
}

/** The anchor that GitHub gives a heading: the same links work there and in the lab. */
export function anchorOf(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}

/** A cell of a table that is no longer is a name, a date, a figure: it stands on one line. */
const SHORT_LETTERS_MAX = 16;
const escapeHtml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
const unescapeHtml = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&');
/** Text of rendered HTML: without its tags, which part words (`between` a space) where they are of blocks. */
const plain = (html: string, between: '' | ' '): string =>
  unescapeHtml(html.replace(/<[^>]*>/g, between))
    .replace(/\s+/g, ' ')
    .trim();

/** The address in the lab of a link on a page: another page, a place in this one (`slug`), or as it stands. Undefined for files of the repository, which the lab does not show. */
export function docsAddress(href: string, slug: string): string | undefined {
  if (/^https?:/.test(href)) return href;
  const [, page = '', anchor] = /^(?:([\w-]+)\.md)?(?:#(.+))?$/.exec(href) ?? [];
  if (page === '' && anchor === undefined) return undefined;
  return `#/docs/${page === '' ? slug : page}${anchor === undefined ? '' : `?at=${anchor}`}`;
}

/** Renders a page of docs/ (`slug` is its file name without `.md`). The repository's own text: it is trusted, and raw HTML in it is shown as text. */
export function renderDocsPage(slug: string, text: string): DocsPage {
  const headings: { depth: number; text: string; anchor: string; body: string }[] = [];
  const images: string[] = [];
  const anchors = new Map<string, number>();
  const marked = new Marked({ gfm: true });
  marked.use({
    renderer: {
      heading({ depth, tokens }: Tokens.Heading): string {
        const inner = this.parser.parseInline(tokens);
        const title = plain(inner, '');
        const base = anchorOf(title);
        const seen = anchors.get(base) ?? 0;
        anchors.set(base, seen + 1);
        const anchor = seen === 0 ? base : `${base}-${seen}`;
        headings.push({ depth, text: title, anchor, body: '' });
        return `<h${depth} id="${escapeHtml(anchor)}" tabindex="-1">${inner}</h${depth}>\n`;
      },
      link({ href, tokens }: Tokens.Link): string {
        const inner = this.parser.parseInline(tokens);
        const address = docsAddress(href, slug);
        if (address === undefined) return `<span title="${escapeHtml(href)}, in the repository">${inner}</span>`;
        return address.startsWith('#')
          ? `<a href="${escapeHtml(address)}">${inner}</a>`
          : `<a href="${escapeHtml(address)}" target="_blank" rel="noreferrer">${inner}</a>`;
      },
      image({ href, text: alt }: Tokens.Image): string {
        images.push(href);
        return `<img src="docs-image:${images.length - 1}" alt="${escapeHtml(alt)}" loading="lazy">`;
      },
      code({ text: code, lang }: Tokens.Code): string {
        return `<div class="code"><button type="button" class="copy">Copy</button><pre tabindex="0" data-lang="${escapeHtml(lang ?? '')}"><code>${escapeHtml(code)}</code></pre></div>\n`;
      },
      table(token: Tokens.Table): string {
        // A corner without a name heads nothing.
        const cellOf = (tag: 'th' | 'td', inner: string, is_short: boolean): string =>
          tag === 'th' && inner === '' ? '<td></td>' : `<${tag}${is_short ? ' class="short"' : ''}>${inner}</${tag}>`;
        const row = (cells: Tokens.TableCell[], tag: 'th' | 'td'): string =>
          `<tr>${cells.map((cell) => cellOf(tag, this.parser.parseInline(cell.tokens), cell.text.length <= SHORT_LETTERS_MAX)).join('')}</tr>`;
        return `<div class="table" tabindex="0"><table><thead>${row(token.header, 'th')}</thead><tbody>${token.rows.map((cells) => row(cells, 'td')).join('')}</tbody></table></div>\n`;
      },
      // The note that a page is made from code is for who edits the file.
      html: ({ text: raw }: Tokens.HTML | Tokens.Tag): string => (raw.startsWith('<!--') ? '' : escapeHtml(raw)),
    },
  });
  const html = marked.parse(text, { async: false });
  const parts = html.split(/<h[1-6] id="[^"]*" tabindex="-1">[\s\S]*?<\/h[1-6]>/);
  return {
    title: headings[0]?.text ?? slug,
    html,
    headings: headings.map((heading, index) => ({
      ...heading,
      body: plain((parts[index + 1] ?? '').replaceAll('<button type="button" class="copy">Copy</button>', ''), ' '),
    })),
    images,
  };
}
