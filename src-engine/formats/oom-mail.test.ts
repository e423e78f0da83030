import { describe, expect, it } from 'vitest';
import type { ImportedText } from './foreign-format.ts';
import { asMailed } from './test-mail.ts';
import { oomFixture as fixture, readOom as read } from './test-oom.ts';

/** What was read, without the numbers of its lines. */
const said = ({ scenarios, slack, notes }: ImportedText): string => JSON.stringify({ scenarios, slack, notes }, null, 1).replaceAll(/\bline"?:? \d+/g, 'line');

/** Without stamps, as a console shows what it prints. */
const withoutStamps = (text: string): string => text.replaceAll(/^\[ *\d+\.\d{6}\] /gm, '');

describe('reports whose lines mail programs broke', () => {
  it.each(['machine-6.12.txt', 'v1-5.0-shmem.txt', 'v2-6.12-quoted.txt', 'v1-3.10-console.txt', 'v2-5.4-tail.txt'])(
    '%s: the scenarios of the text as it was',
    (name) => {
      for (const text of [fixture(name), withoutStamps(fixture(name))]) {
        const before = read(text);
        for (const again of ['', '> > '])
          for (const width of [72, 70, 76]) {
            const mailed = read(asMailed(text, '> > ', width, again));
            expect(said(mailed), `${width} ${again}`).toBe(said(before));
            expect(mailed.lines.lines_not_understood, `${width} ${again}`).toBe(before.lines.lines_not_understood);
          }
      }
    },
  );

  it('words of the mail and lines that were cut are not joined to lines of the report', () => {
    const text = withoutStamps(fixture('machine-6.12.txt'));
    const node = text.split('\n').find((line) => line.startsWith('Node 0 active_anon')) ?? '';
    // Cut by `less -S`: nothing ends such a line, and the next one is whole.
    const cut = read(text.replace(node, node.slice(0, 80)));
    expect(cut.lines.lines_not_understood).toBe(0);
    expect(cut.scenarios[0]?.text).toContain('machine: { memory: 464MiB, swap: 128KiB }');
    const said_after = read(`${text}\nHere the killer takes the wrong task.\n`);
    expect(said_after.lines.not_understood.map((line) => line.text)).toEqual(['Here the killer takes the wrong task.']);
    expect(said(said_after)).toBe(said(read(text)));
  });
});

describe('a report that begins at its statistics', () => {
  it('has them used: amounts of the group, and no line is left over', () => {
    const text = fixture('v2-6.12-quoted.txt').replaceAll(/^(?:> )+/gm, '');
    const at = text.search(/^.*Memory cgroup stats for /m);
    const whole = read(text);
    const beheaded = read(text.slice(at));
    expect(beheaded.lines.lines_not_understood).toBe(whole.lines.lines_not_understood);
    const amounts = (imported: ImportedText): readonly string[] =>
      [...(imported.scenarios[0]?.text ?? '').matchAll(/(?:anon|file|shmem): \d+\w*/g)].map(String);
    expect(amounts(beheaded)).toEqual(amounts(whole));
    expect(amounts(beheaded)).toHaveLength(3);
    expect(beheaded.notes).toEqual([expect.stringContaining('has no line `memory: usage …`')]);
  });
});
