import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderDocsPage } from '../scripts/docs-pages.ts';
import { generatedDocs } from '../scripts/generated-docs.ts';
import { modelPictures } from '../scripts/model-pictures.ts';

const ROOT = join(import.meta.dirname, '..');

const PICTURES = await modelPictures();

describe('generated pages', () => {
  it.each([...generatedDocs(PICTURES)])('docs/%s is as the tables in code say; if not: npm run docs', (name, text) => {
    const path = join(ROOT, 'docs', name);
    expect(existsSync(path) ? readFileSync(path, 'utf8') : '').toBe(text);
  });
});

describe('pictures of the models', () => {
  const pictures = [...PICTURES.axes.values(), ...PICTURES.presets.values()];

  it('are small, stand alone and lie on a light ground of their own', () => {
    for (const { path, svg } of pictures) {
      expect(svg.length, path).toBeLessThan(32 * 1024);
      expect(svg, path).toContain('fill="#ffffff"');
      expect(svg, path).not.toMatch(/\bid=|href|<script|@import|NaN|undefined/);
    }
  });

  it('say in words what they show', () => {
    expect(PICTURES.presets.get('rss')?.alt).toContain('pages: rss: A 7.00 MiB; B 6.00 MiB; C 3.00 MiB; in memory 11.00 MiB, charged 16.00 MiB');
    expect(PICTURES.axes.get('pins')?.alt).toContain('failed with ENOMEM');
  });
});

describe('written pages', () => {
  it.each(['README.md', ...readdirSync(join(ROOT, 'docs')).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : []))])(
    '%s links only to files that are there',
    (page) => {
      const links = [...readFileSync(join(ROOT, page), 'utf8').matchAll(/\]\(([^)#]+)[^)]*\)/g)].map((match) => match[1] ?? '');
      expect(links.filter((link) => !/^https?:/.test(link) && !existsSync(join(ROOT, page, '..', link)))).toEqual([]);
    },
  );

  it('link only to headings that are there', () => {
    const texts = new Map(
      readdirSync(join(ROOT, 'docs')).flatMap((name) =>
        name.endsWith('.md') ? [[name.slice(0, -3), readFileSync(join(ROOT, 'docs', name), 'utf8')] as const] : [],
      ),
    );
    const places = new Map([...texts].map(([slug, text]) => [slug, renderDocsPage(slug, text).headings.map(({ anchor }) => anchor)]));
    const lost = [...texts].flatMap(([slug, text]) =>
      [...text.matchAll(/\]\((?:([\w-]+)\.md)?#([^)]+)\)/g)].flatMap(([link, page = slug, anchor = '']) =>
        places.get(page)?.includes(anchor) === true ? [] : [`${slug}: ${link}`],
      ),
    );
    expect(lost).toEqual([]);
  });

  it('README names only examples and commands that are there', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    const examples = [...readme.matchAll(/examples\/[\w-]+\.yaml/g)].map(([path]) => path);
    expect(examples.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly scripts: Readonly<Record<string, string>> };
    const commands = [...readme.matchAll(/npm run ([\w-]+)/g)].map((match) => match[1] ?? '');
    expect(commands.filter((command) => scripts[command] === undefined)).toEqual([]);
  });
});
