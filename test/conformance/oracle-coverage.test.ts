import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** Every row of the project's list of oracles stands here: tested by a case whose title names it, or waiting, with the reason. */

const TESTED_IN = readdirSync(new URL('.', import.meta.url)).filter((file) => /^oracles?-(?!coverage).*\.test\.ts$/.test(file));

/** Series of the list and the numbers of their rows. */
const ROWS: Readonly<Record<string, readonly number[]>> = {
  VC: [1],
  PC: [1, 2, 4, 6, 7, 8, 10, 11, 12],
  CH: [1, 3, 4, 6, 7, 8, 10],
  PROT: [1, 2, 4, 6, 7, 9, 12, 13, 14, 15, 16, 17],
  SCAN: [1, 3, 4, 5, 7, 9, 11, 13, 14, 15, 16, 17, 18, 20],
  SHR: [1, 3, 5, 7, 8],
  VMP: [1, 3, 4, 6],
  HIGH: [1, 2, 4, 8, 9, 10, 11],
  MAX: [1, 2, 3, 4, 5, 6, 7, 11],
  SWAP: [1, 2, 3, 4, 7, 9, 10, 11, 12, 14, 15],
  KMEM: [1, 4, 5, 6, 7, 8, 9, 12, 13, 14],
  SOCK: [1, 3, 4, 5, 7, 8, 9, 11],
  PIN: [1, 3, 4, 5, 6, 7, 8, 11],
  TMPFS: [1, 3, 4, 6, 7, 8, 9, 10],
  UBC: [1, 3, 5, 7, 9, 10, 11, 12, 14, 15, 16, 18, 19, 21, 22, 23, 25],
  CKRM: [1, 3, 4, 5],
  SMEM: [1, 2],
  RSS: [1, 2, 3],
  ZONE: [1, 2],
  STO: [1, 4],
  DYING: [1, 2, 5, 6],
  PSI: [1, 2, 4, 5, 7],
  DIRTY: [1, 3, 5, 6],
};

/** Not reached yet, by what is missing. */
const WAITING: Readonly<Record<string, readonly string[]>> = {};

test('every oracle is tested or waits with a reason', () => {
  const all = Object.entries(ROWS).flatMap(([series, numbers]) => numbers.map((number) => `${series}-${number}`));
  const titles = TESTED_IN.map((file) => readFileSync(new URL(file, import.meta.url), 'utf8'))
    .flatMap((text) => [...text.matchAll(/(?:test(?:\.each[^']*)?\(|^ {4}\[)'([^']*)'/gm)])
    .map((match) => match[1] ?? '')
    .join('\n');
  const tested = new Set([...titles.matchAll(/[A-Z]+-\d+/g)].map((match) => match[0]));
  const waiting = Object.values(WAITING).flat();
  expect(all.length).toBe(155);
  expect(all.filter((id) => !tested.has(id) && !waiting.includes(id))).toEqual([]);
  expect(waiting.filter((id) => tested.has(id) || !all.includes(id))).toEqual([]);
  console.log(`${tested.size} of ${all.length} oracles are tested. Waiting:`);
  for (const [reason, ids] of Object.entries(WAITING)) console.log(`  ${reason}: ${ids.join(', ')}`);
});
