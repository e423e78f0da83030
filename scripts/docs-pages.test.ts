import { expect, it } from 'vitest';
import { anchorOf, docsAddress, renderDocsPage } from './docs-pages.ts';

it('gives headings the anchors that GitHub gives them, each its own', () => {
  expect(anchorOf('What `memcg-v2` does (6.12)')).toBe('what-memcg-v2-does-612');
  const { headings, title } = renderDocsPage('page', '# One\n\na\n\n## Two\n\nb `c` <d>\n\n## Two\n\n## `two`: *Two*\n\ne\n');
  expect(title).toBe('One');
  expect(headings).toEqual([
    { depth: 1, text: 'One', anchor: 'one', body: 'a' },
    { depth: 2, text: 'Two', anchor: 'two', body: 'b c <d>' },
    { depth: 2, text: 'Two', anchor: 'two-1', body: '' },
    { depth: 2, text: 'two: Two', anchor: 'two-two', body: 'e' },
  ]);
});

it('leads to pages and places of the docs, and says where else a file is', () => {
  expect(docsAddress('models.md', 'x')).toBe('#/docs/models');
  expect(docsAddress('models.md#memcg-v2', 'x')).toBe('#/docs/models?at=memcg-v2');
  expect(docsAddress('#here', 'x')).toBe('#/docs/x?at=here');
  expect(docsAddress('https://lwn.net/', 'x')).toBe('https://lwn.net/');
  expect(docsAddress('../examples/', 'x')).toBeUndefined();
});

it('shows raw HTML and code as the text that it is, and leaves comments out', () => {
  const { html } = renderDocsPage('page', '<!-- note -->\n\n# A\n\n<script>alert(1)</script>\n\n```yaml\na: "<b>" # & c\n```\n');
  expect(html).not.toContain('<script');
  expect(html).not.toContain('note');
  expect(html).toContain('a: &quot;&lt;b>&quot; # &amp; c');
});

it('numbers pictures for who bundles them', () => {
  const { html, images } = renderDocsPage('page', '![A run: "one"](images/run.png)');
  expect(images).toEqual(['images/run.png']);
  expect(html).toContain('src="docs-image:0" alt="A run: &quot;one&quot;"');
});
