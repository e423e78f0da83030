import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { ImportedText } from './foreign-format.ts';
import { OOM_REPORT } from './oom-report.ts';

/** The text of a report in test/fixtures/oom. */
export const oomFixture = (name: string): string => readFileSync(new URL(`../../test/fixtures/oom/${name}`, import.meta.url), 'utf8');

/** What is made of a text that is recognised as reports; throws where it is refused. */
export function readOom(text: string): ImportedText {
  const input = { name: 'mail.txt', files: [], text };
  expect(OOM_REPORT.recognise(input).fits).toBeGreaterThan(0);
  const result = OOM_REPORT.read(input);
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return result.value;
}
