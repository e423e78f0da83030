import { describe, expect, test } from 'vitest';
import { checkSize, importKind, scenarioFileName } from './files.ts';

describe('files', () => {
  test('are told apart by name, then by content', () => {
    expect(importKind('a.yaml', '# tracer: nop')).toBe('scenario');
    expect(importKind('trace.txt', '# tracer: nop\n')).toBe('trace');
    expect(importKind('notes', '# mine\nmemledger: 1\n')).toBe('scenario');
  });
  test('that are too large are refused before they are read', () => {
    expect(checkSize('a.yaml', 'scenario', 100)).toEqual({ ok: true, value: null });
    expect(checkSize('a.yaml', 'scenario', 100 * 1024 * 1024)).toMatchObject({
      ok: false,
      errors: [{ code: 'file-too-large', message: 'The file is 100 MiB large; a scenario may have 8 MiB at most.', place: { file: 'a.yaml' } }],
    });
  });
  test('get a name from the scenario', () => {
    expect(scenarioFileName('Who pays for a shared file?')).toBe('who-pays-for-a-shared-file.yaml');
    expect(scenarioFileName('…')).toBe('scenario.yaml');
  });
});
