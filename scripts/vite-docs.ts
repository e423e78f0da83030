import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Plugin } from 'vite';
import { renderDocsPage } from './docs-pages.ts';

const INDEX = 'virtual:docs';

/** A module of a page: `html` with the addresses of its bundled pictures. */
function pageModule(slug: string, text: string): string {
  const { html, images } = renderDocsPage(slug, text);
  const imports = images.map((path, index) => `import image${index} from './${path}?url';`);
  const parts = html.split(/docs-image:(\d+)/);
  const code = parts.map((part, index) => (index % 2 === 0 ? JSON.stringify(part) : `image${part}`));
  return `${imports.join('\n')}\nexport const html = ${code.join(' + ')};\n`;
}

/**
 * Brings the pages of `docs_dir` into the window, from the one source that the repository shows: `virtual:docs` is the list of all pages with what a search reads,
 * and each page's text is a module of its own, loaded when it is opened.
 */
export function docsPlugin(docs_dir: string): Plugin {
  const slugs = (): readonly string[] =>
    readdirSync(docs_dir)
      .filter((name) => name.endsWith('.md'))
      .map((name) => basename(name, '.md'))
      .sort();
  return {
    name: 'memledger-docs',
    enforce: 'pre',
    resolveId: (id) => (id === INDEX ? `\0${INDEX}` : undefined),
    load(id) {
      if (id !== `\0${INDEX}`) return undefined;
      const pages = slugs().map((slug) => {
        const path = join(docs_dir, `${slug}.md`);
        this.addWatchFile(path);
        const { title, headings } = renderDocsPage(slug, readFileSync(path, 'utf8'));
        return `{ slug: ${JSON.stringify(slug)}, title: ${JSON.stringify(title)}, headings: ${JSON.stringify(headings)}, load: () => import(${JSON.stringify(path)}) }`;
      });
      return `export default [${pages.join(',\n')}];\n`;
    },
    transform(text, id) {
      return id.endsWith('.md') && id.startsWith(docs_dir) ? { code: pageModule(basename(id, '.md'), text), map: null } : undefined;
    },
  };
}
