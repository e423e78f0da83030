import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generatedDocs } from '../scripts/generated-docs.ts';

const ROOT = join(import.meta.dirname, '..');

describe('generated pages', () => {
  it.each([...generatedDocs()])('docs/%s is as the tables in code say; if not: npm run docs', (name, text) => {
    const path = join(ROOT, 'docs', name);
    expect(existsSync(path) ? readFileSync(path, 'utf8') : '').toBe(text);
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

  it('README names only examples and commands that are there', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    const examples = [...readme.matchAll(/examples\/[\w-]+\.yaml/g)].map(([path]) => path);
    expect(examples.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly scripts: Readonly<Record<string, string>> };
    const commands = [...readme.matchAll(/npm run ([\w-]+)/g)].map((match) => match[1] ?? '');
    expect(commands.filter((command) => scripts[command] === undefined)).toEqual([]);
  });
});
