import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { temporaryDirectory } from '../store/test-database.ts';
import { readImport } from './import-input.ts';

const gone = vi.hoisted(() => new Set<string>());
// Directories that go between their parent's listing and their own.
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const readdirSync = ((path: string, options: { withFileTypes: true }) => {
    if (gone.has(path)) throw Object.assign(new Error('ENOENT: no such file or directory'), { code: 'ENOENT' });
    return fs.readdirSync(path, options);
  }) as typeof fs.readdirSync;
  return { ...fs, readdirSync };
});

function tree(): string {
  const directory = join(temporaryDirectory(), 'pods');
  for (const path of ['.', 'a', 'b']) {
    mkdirSync(join(directory, path), { recursive: true });
    writeFileSync(join(directory, path, 'memory.current'), '4096\n');
  }
  return directory;
}

describe('a directory that goes while it is read', () => {
  it('is told of by the parts that could not be read', () => {
    const directory = tree();
    gone.add(join(directory, 'b'));
    const input = readImport(directory);
    expect(input.ok && input.value.files.map(({ path }) => path)).toEqual(['a/memory.current', 'memory.current']);
    expect(input.ok && input.value.unread).toEqual(['b/']);
  });

  it('is refused in words where nothing of it is left', () => {
    const directory = tree();
    gone.add(directory);
    expect(readImport(directory)).toMatchObject({
      ok: false,
      errors: [{ code: 'import-not-readable', message: 'Nothing of the directory could be read: ./.' }],
    });
  });
});
