import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { intAfter, isFurniture, parseHead, parseLost, stripWrapping, wordAfter } from './ftrace-lines.ts';

const BODY = 'mm_vmscan_memcg_reclaim_end: nr_reclaimed=57';

describe('parseHead', () => {
  it('reads the trace file of the kernel', () => {
    const text = `            init-84      [000] d..1.     3.229989: ${BODY}`;
    const head = parseHead(text);
    expect(head).toMatchObject({
      task: 'init-84',
      comm: 'init',
      pid: 84,
      cpu: 0,
      flags: 'd..1.',
      seconds: 3,
      nanoseconds: 229_989_000,
      event: 'mm_vmscan_memcg_reclaim_end',
    });
    expect(text.slice(head?.body)).toBe(' nr_reclaimed=57');
  });

  it.each([
    ['trace-cmd report', `  init-84    [003]   267.329019123: ${BODY}`, { task: 'init-84', cpu: 3, flags: '', seconds: 267, nanoseconds: 329_019_123 }],
    ['a thread group column', `  init-84      (     84) [000] .....     3.229989: ${BODY}`, { task: 'init-84', pid: 84 }],
    ['an unknown thread group', `  init-84      (-------) [000] .....     3.229989: ${BODY}`, { task: 'init-84', pid: 84 }],
    ['perf script', `            init    84 [000]     3.229989: vmscan:${BODY}`, { task: 'init-84', comm: 'init', event: 'mm_vmscan_memcg_reclaim_end' }],
    ['perf script with threads', `            init    84/85 [000]     3.229989: vmscan:${BODY}`, { task: 'init-85', comm: 'init' }],
    [
      'the console in latency format',
      `    init-84        2.N... 3229989us+: ${BODY}`,
      { task: 'init-84', cpu: 2, flags: '.N...', seconds: 3, nanoseconds: 229_989_000 },
    ],
    ['a clock that counts', `  init-84      [000] .....  82543837823: ${BODY}`, { seconds: 82, nanoseconds: 543_837_823 }],
    [
      'a name with dashes, a space and brackets',
      `  my [0] job-x-84      [012] .....     3.229989: ${BODY}`,
      { task: 'my [0] job-x-84', comm: 'my [0] job-x', pid: 84, cpu: 12 },
    ],
    ['a name with a colon', `  binder:1138_3-1645    [006] .....     3.229989: ${BODY}`, { task: 'binder:1138_3-1645' }],
    ['the idle task', `          <idle>-0       [000] d.h1.     3.229989: ${BODY}`, { task: '<idle>-0', pid: 0 }],
    ['a forgotten name', `           <...>-3979    [007] .....   217.975284: ${BODY}`, { task: '<...>-3979', pid: 3979 }],
    ['a stack trace', '  init-84      [000] .....     3.229989: <stack trace>', { event: '<stack trace>' }],
    ['a line broken after its timestamp', '  init-84      [000] .....     3.229989:', { event: '' }],
    ['the function tracer', '  init-84      [000] .....     3.229989: kmem_cache_free <-putname', { event: '' }],
  ])('reads %s', (_what, text, expected) => expect(parseHead(text)).toMatchObject(expected));

  it.each([
    '',
    'hello',
    '[000]',
    ' 84 [000] ..... 3.2: x:',
    'init-84 [000]',
    'init-84 [000] .....',
    'init-84 [abc] ..... 3.2: x:',
    'init-84 [000] ..... 3.2',
    'init-x [000] ..... 3.2: x:',
    '# tracer: nop',
    'priority=9 flags=RECLAIM_WB_FILE',
    'it took 12us : fine',
    ' 0)   1.234 us    |  foo();',
  ])('finds no event in %j', (text) => expect(parseHead(text)).toBeNull());

  it('never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => void parseHead(text)));
    fc.assert(fc.property(fc.stringMatching(/^[-a\d[\]():us. <>]{0,60}$/), (text) => void parseHead(stripWrapping(text))));
  });
});

describe('stripWrapping', () => {
  const line = `            init-84      [000] .....     3.229989: ${BODY}`;
  it.each([
    line,
    `${line}\r`,
    `${line}\r\r`,
    `> ${line}`,
    `>> ${line}`,
    `> > > ${line}`,
    `| ${line}`,
    `> | | ${line}`,
    `[   12.345678] ${line}`,
    `[   12.345678][  T84] ${line}`,
    `<4>[   12.345678] ${line}`,
    `Nov 20 22:17:55 host kernel: [   12.345678] ${line}`,
    `> [   12.345678] ${line}\r`,
  ])('finds the line in %j', (text) => expect(stripWrapping(text)).toBe(line));

  it('leaves a forgotten task name alone', () => expect(stripWrapping('<...>-12 [000] 1.0: a: b=1')).toBe('<...>-12 [000] 1.0: a: b=1'));
});

describe('fields', () => {
  it('reads whole numbers only, held to 32 bits', () => {
    const text = 'x: a=12 b=-3 c=12kB d=99999999999 e= f';
    expect(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => intAfter(text, 2, ` ${name}=`))).toEqual([12, -3, null, 0x7fffffff, null, null]);
  });
  it('reads words to the next space', () => {
    expect(wordAfter('x: a=b|c d=', 2, ' a=')).toBe('b|c');
    expect(wordAfter('x: a=b|c d=', 2, ' d=')).toBeNull();
  });
});

describe('lines without events', () => {
  it.each([
    ['CPU:0 [LOST 123 EVENTS]', 123],
    ['CPU:7 [204600 EVENTS DROPPED]', 204_600],
    ['CPU:1 [EVENTS DROPPED]', 0],
    ['CPU 3 is empty', null],
    ['CPU:x [LOST EVENTS]', null],
  ])('knows what %j says of lost events', (text, expected) => expect(parseLost(text)).toBe(expected));
  it.each([
    '',
    '   ',
    '# tracer: nop',
    '##### CPU 2 buffer started ####',
    ' => shrink_node',
    'cpus=4',
    'CPU 3 is empty',
    '        ffffffff811a2b3c shrink_node+0x1c ([kernel.kallsyms])',
  ])('knows %j', (text) => expect(isFurniture(text)).toBe(true));
  it.each(['On Monday someone wrote:', 'flags=RECLAIM_WB_FILE'])('does not know %j', (text) => expect(isFurniture(text)).toBe(false));
});
