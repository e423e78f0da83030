import { readdirSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ExpectationResult, RecordSink } from '../record/run.ts';
import { parseScenario } from '../scenario/parse.ts';
import { programOf } from '../scenario/test-scenario.ts';
import { simulate } from '../simulate.ts';
import { detectFormat, inputOf, SCENARIO_FORMATS } from './detect.ts';
import type { ImportedScenario, ImportedText, ImportInput } from './foreign-format.ts';

const FIXTURES = new URL('../../test/fixtures/', import.meta.url);
const fixture = (path: string): Uint8Array => readFileSync(new URL(path, FIXTURES));

function inputFrom(content: Uint8Array | string, name = 'mail.txt'): ImportInput {
  const input = inputOf(name, typeof content === 'string' ? new TextEncoder().encode(content) : content);
  if (!input.ok) throw new Error(JSON.stringify(input.errors));
  return input.value;
}

function imported(content: Uint8Array | string, name?: string): ImportedText & { readonly format: string } {
  const input = inputFrom(content, name);
  const detected = detectFormat(input);
  if (!detected.ok || detected.value.kind !== 'scenario') throw new Error(JSON.stringify(detected));
  const { format } = detected.value;
  const read = format.read(input);
  if (!read.ok) throw new Error(JSON.stringify(read.errors));
  return { ...read.value, format: format.id };
}

const NO_SINK: RecordSink = { seal: (columns) => columns, sample: () => undefined };

/** Expectations of a scenario, as its first model gives them. */
function expectationsOf({ text, trace }: ImportedScenario): readonly ExpectationResult[] {
  const program = programOf(text, (file) => (trace?.file === file ? { ok: true, value: trace.bytes } : { ok: false, errors: [] }));
  const parsed = parseScenario(text);
  const model = parsed.ok ? parsed.value.scenario.models[0] : undefined;
  const outcome = simulate(program, typeof model === 'string' ? model : 'memcg-v2', NO_SINK);
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.errors));
  return outcome.value.summary.expectations;
}

const failed = (scenario: ImportedScenario) => expectationsOf(scenario).filter(({ held }) => !held);

describe('out-of-memory reports', () => {
  it('of version 2, quoted and wrapped: all of its lines, no slack, and the lab reproduces its numbers', () => {
    const { format, lines, slack, scenarios } = imported(fixture('oom/v2-6.12-quoted.txt'));
    expect({ format, ...lines }).toMatchObject({ format: 'oom-report', lines_total: 47, lines_used: 46, lines_not_understood: 1 });
    expect(lines.not_understood).toEqual([{ line: 47, text: 'That is the first one. Any idea?' }]);
    expect(slack).toEqual([]);
    const [scenario] = scenarios;
    expect(scenario?.text).toContain('A: { max: 16MiB, swap-max: 0 }');
    expect(scenario?.text).toContain('expect: { A: { current: 16MiB, anon: 16272KiB, file: 0, shmem: 0 } }, under: memcg-v2');
    if (scenario !== undefined)
      expect(expectationsOf(scenario).map(({ counter, held }) => `${counter} ${held}`)).toEqual([
        'current true',
        'anon true',
        'file true',
        'shmem true',
        'events.oom_kill true',
      ]);
  });

  it.each([
    ['v1-3.10-console.txt', 16, 0, [209_715_200, 209_633_280]],
    ['v1-5.0-shmem.txt', 10, 0, [3_502_080, 94_208]],
    ['v1-4.19-hypervisor.txt', 10, 0, [628_183_040, 628_178_944]],
  ] as const)('of version 1: %s', (name, lines_total, lines_not_understood, [stated, found]) => {
    const { lines, slack, scenarios } = imported(fixture(`oom/${name}`));
    expect(lines).toMatchObject({ lines_total, lines_not_understood });
    expect(slack[0]).toMatchObject({ stated, found, unit: 'bytes' });
    expect(scenarios.flatMap(failed)).toEqual([]);
  });

  it('tells shared anonymous memory from private by the statistics of the group', () => {
    const { text } = imported(fixture('oom/v1-5.0-shmem.txt')).scenarios[0] ?? { text: '' };
    expect(text).toContain('shmem: { tmpfs: 177456KiB }');
    expect(text).toContain('alloc: a.out-8204-anon, by: a.out-8204, size: 92KiB');
    expect(text).toContain('peek: a.out-8204-shmem, by: a.out-8204, range: 0..167028KiB');
  });

  it('makes one scenario of each report, and none of a report of the whole machine', () => {
    const one = new TextDecoder().decode(fixture('oom/v2-6.12-quoted.txt'));
    const machine =
      '[    1.000000] x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n[    1.000001] Mem-Info:\n[    1.000002] 131072 pages RAM\n';
    const { scenarios, notes } = imported(one + machine + one.replaceAll('/A', '/B'));
    expect(scenarios.map(({ name }) => name)).toEqual(['Out of memory in /A', 'Out of memory in /B']);
    expect(notes).toContainEqual(expect.stringContaining('is of the whole machine'));
  });
});

describe('cgroup files', () => {
  it('of version 2, as grep prints them: limits, own amounts, slack, renamed names', () => {
    const { format, lines, slack, notes, scenarios } = imported(fixture('imports/cgroup-v2-grep.txt'));
    expect({ format, ...lines }).toMatchObject({
      format: 'cgroupfs',
      lines_total: 35,
      lines_used: 34,
      not_understood: [{ line: 35, text: 'Hope that helps,' }],
    });
    const [scenario] = scenarios;
    expect(scenario?.text).toContain('system.slice/nginx.service: { high: 32MiB, max: 40MiB }');
    // The slice has 40 MiB of anonymous memory, its children 16 MiB and 896 KiB.
    expect(scenario?.text).toContain(`alloc: system.slice-anon, by: system.slice, size: ${40 * 1024 - 16 * 1024 - 896}KiB`);
    expect(slack).toContainEqual(
      expect.objectContaining({ what: expect.stringContaining('system-getty.slice: what is charged'), stated: 1_048_576, found: 983_040 }),
    );
    expect(notes).toContainEqual(expect.stringContaining('/system.slice/system-serial\\x2dgetty.slice is system.slice/system-serial_x2dgetty.slice here'));
    if (scenario !== undefined) expect(failed(scenario)).toEqual([]);
  });

  it('of version 1, as head prints them', () => {
    const { lines, slack, scenarios } = imported(fixture('imports/cgroup-v1-head.txt'));
    expect(lines.lines_not_understood).toBe(0);
    expect(scenarios[0]?.text).toContain('web: { max: 32MiB }');
    // 13 MiB are charged; cache, rss and kernel memory are 12.5.
    expect(slack).toEqual([{ what: 'web: what is charged, and its memory.stat added up', stated: 13_631_488, found: 13_107_200, unit: 'bytes', line: 5 }]);
    expect(scenarios.flatMap(failed)).toEqual([]);
  });

  it('of version 1 with its own limits; that of memory and swap together comes no sooner than that of memory', () => {
    const of = (limit: number): string => {
      const files = { limit_in_bytes: limit, 'memsw.limit_in_bytes': 8_388_608, soft_limit_in_bytes: 1_048_576, usage_in_bytes: 4_194_304 };
      const lines = Object.entries(files).map(([file, bytes]) => `/sys/fs/cgroup/memory/web/memory.${file}:${bytes}`);
      return [...lines, '/sys/fs/cgroup/memory/web/memory.stat:total_cache 4194304'].join('\n');
    };
    const roomy = imported(of(6_291_456)).scenarios[0];
    expect(roomy?.text).toContain('web: { max: 6MiB, memsw-max: 8MiB, soft-limit: 1MiB }');
    const over = imported(of(2_097_152)).scenarios[0];
    expect(over?.text).toContain('web: { soft-limit: 1MiB }');
    expect(over?.text).toContain('{ set: web, max: 2MiB, memsw-max: 8MiB }');
    expect([roomy, over].flatMap((scenario) => (scenario === undefined ? [] : failed(scenario)))).toEqual([]);
  });

  it('without memory.stat a group is known by those below it: a missing file states nothing', () => {
    const lines = [
      'pods/memory.current:12288',
      'pods/a/memory.current:8192',
      'pods/a/memory.stat:anon 8192',
      'pods/b/memory.current:4096',
      'pods/b/memory.stat:file 4096',
    ];
    const { slack, scenarios } = imported(lines.join('\n'));
    expect(slack).toEqual([]);
    expect(scenarios[0]?.text).toContain('pods: { current: 12KiB }');
    expect(scenarios.flatMap(failed)).toEqual([]);
    const more = imported(lines.join('\n').replace('12288', '20480'));
    expect(more.slack).toEqual([
      {
        what: 'pods: what is charged, and what the files say of it and those below it (it has no memory.stat)',
        stated: 20_480,
        found: 12_288,
        unit: 'bytes',
        line: 1,
      },
    ]);
  });

  it('of a directory, named by it, and a limit below what is charged is set at the end', () => {
    const file = (path: string, text: string) => ({ path, bytes: new TextEncoder().encode(text) });
    const files = [
      file('memory.current', '8192\n'),
      file('memory.max', '4096\n'),
      file('memory.stat', 'anon 8192\nfile 0\n?\n'),
      file('cpu.stat', 'usage_usec 1\n'),
    ];
    const input: ImportInput = { name: '/sys/fs/cgroup/pods/a', files, text: null };
    const detected = detectFormat(input);
    const read = detected.ok && detected.value.kind === 'scenario' ? detected.value.format.read(input) : null;
    if (read === null || !read.ok) throw new Error('not read');
    expect(read.value.lines).toMatchObject({ lines_total: 5, lines_used: 4, not_understood: [{ line: 5, text: 'memory.stat:3: ?' }] });
    expect(read.value.notes).toEqual(['1 file of another controller is left out']);
    expect(read.value.scenarios[0]?.text).toContain('  a: {}\n');
    expect(read.value.scenarios[0]?.text).toContain('{ set: a, max: 4KiB }');
  });
});

describe('page lists', () => {
  it('page-types: pages by cgroup and by what their flags say', () => {
    const { format, lines, slack, notes, scenarios } = imported(fixture('imports/page-types-list.txt'));
    expect({ format, ...lines }).toMatchObject({ format: 'page-types', lines_total: 17, lines_used: 17 });
    expect(slack).toEqual([]);
    expect(scenarios[0]?.text).toContain('expect: { cgroup-0x2f: { current: 12KiB } }');
    // A tail is what its head is.
    expect(scenarios[0]?.text).toContain('alloc: cgroup-0x31-anon, by: cgroup-0x31, size: 12KiB');
    expect(notes).toContainEqual('1 page of no-cgroup is free, absent or the zero page');
    expect(scenarios.flatMap(failed)).toEqual([]);
  });

  it('page_owner, sorted: by cgroup, task and stack; a wrong count is slack', () => {
    const { format, lines, slack, notes, scenarios } = imported(fixture('imports/page-owner-sorted.txt'));
    expect({ format, ...lines }).toMatchObject({ format: 'page-owner', lines_total: 39, lines_not_understood: 0 });
    expect(slack).toEqual([{ what: expect.any(String), stated: 46, found: 45, unit: 'pages', line: 17 }]);
    expect(scenarios[0]?.text).toContain('podman-162970-shmem: { tmpfs: 2796KiB }');
    expect(scenarios[0]?.text).toContain(
      'expect: { libpod-conmon-15e4f9c758422306b73b2dd99f9d50a5ea53cbb16b4a13a2c2308a4253cc0ec8.scope: { current: 2796KiB }, A: { current: 228KiB } }',
    );
    expect(notes).toContainEqual('1 page of kernel memory is charged to nobody: left out');
    expect(scenarios.flatMap(failed)).toEqual([]);
  });
});

describe('libCacheSim traces', () => {
  it('CSV: objects become pages', () => {
    const { format, lines, scenarios } = imported(fixture('imports/requests.csv'));
    expect({ format, ...lines }).toMatchObject({ format: 'libcachesim', lines_total: 6, lines_used: 6 });
    expect(new TextDecoder().decode(scenarios[0]?.trace?.bytes)).toBe('0\n1\n0\n2\n1\n');
    expect(scenarios.flatMap(failed)).toEqual([]);
  });

  it('oracleGeneral: the records as they are', () => {
    const bytes = new Uint8Array(48);
    const view = new DataView(bytes.buffer);
    for (const record of [0, 1]) {
      view.setBigUint64(record * 24 + 4, 7n, true);
      view.setUint32(record * 24 + 12, 4096, true);
      view.setBigInt64(record * 24 + 16, record === 0 ? 2n : -1n, true);
    }
    const { format, lines, scenarios } = imported(bytes, 'web.oracleGeneral');
    expect({ format, total: lines.lines_total }).toEqual({ format: 'libcachesim', total: 2 });
    expect(scenarios[0]?.text).toContain('file: web.oracleGeneral.pages');
    expect(scenarios.flatMap(failed)).toEqual([]);
  });
});

describe('detection', () => {
  it('goes by content, and says of every format why it does not fit', () => {
    const detected = detectFormat(inputFrom('Dear list,\nwho pays?\n'));
    expect(detected.ok ? [] : detected.errors).toMatchObject([
      {
        code: 'import-no-format',
        message: expect.stringMatching(/ftrace: no line is .*oom-report: no line .*cgroupfs: .*page-types: .*page-owner: .*libcachesim: /),
      },
    ]);
  });

  it('ftrace text stays ftrace', () => {
    expect(detectFormat(inputFrom(fixture('ftrace-vmscan-6.1.txt')))).toEqual({ ok: true, value: { kind: 'ftrace' } });
  });

  it('every fixture is of one format, whatever its name', () => {
    for (const [directory, format] of [['oom', 'oom-report']] as const)
      for (const name of readdirSync(new URL(`${directory}/`, FIXTURES)).filter((file) => file.endsWith('.txt')))
        expect(imported(fixture(`${directory}/${name}`), 'x').format).toBe(format);
  });
});

describe('any text', () => {
  const texts = [
    ...readdirSync(new URL('oom/', FIXTURES)).map((name) => `oom/${name}`),
    ...readdirSync(new URL('imports/', FIXTURES)).map((name) => `imports/${name}`),
  ]
    .filter((name) => !name.endsWith('.md'))
    .flatMap((name) => new TextDecoder().decode(fixture(name)).split('\n'));
  /** Lines of the fixtures, whole, cut, with another number in them, or nonsense. */
  const line = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...texts) },
    { weight: 2, arbitrary: fc.tuple(fc.constantFrom(...texts), fc.nat(80)).map(([text, length]) => text.slice(length)) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom(...texts), fc.constantFrom('0', '-1', '99999', '18446744073709551615', 'x', ''))
        .map(([text, number]) => text.replace(/\d+/, number)),
    },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  );
  const text = fc.oneof(
    fc.array(line, { maxLength: 40 }).map((lines) => lines.join('\n')),
    fc.tuple(fc.nat(texts.length - 1), fc.nat(60), line, fc.nat(59)).map(([from, count, odd, at]) =>
      texts
        .slice(from, from + count)
        .toSpliced(at, 1, odd)
        .join('\n'),
    ),
  );

  it.each(SCENARIO_FORMATS.map((format) => [format.id, format] as const))(
    '%s: no crash, every line counted once, every scenario without errors',
    (_, format) => {
      fc.assert(
        fc.property(text, (content) => {
          const input: ImportInput = { name: 'mail.txt', files: [{ path: 'mail.txt', bytes: new TextEncoder().encode(content) }], text: content };
          const read = format.read(input);
          if (!read.ok) {
            expect(read.errors[0]?.remedy).toBeDefined();
            return;
          }
          const { lines, scenarios } = read.value;
          expect(lines.lines_total).toBe(
            content.replace(/\n$/, '') === '' && !content.includes('\n')
              ? content === ''
                ? 0
                : 1
              : content.split('\n').length - (content.endsWith('\n') ? 1 : 0),
          );
          expect(lines.lines_used + lines.lines_not_understood).toBe(lines.lines_total);
          expect(lines.not_understood.length).toBe(Math.min(1000, lines.lines_not_understood));
          expect(new Set(lines.not_understood.map((one) => one.line)).size).toBe(lines.not_understood.length);
          for (const { text: yaml } of scenarios) {
            const parsed = parseScenario(yaml);
            expect(parsed.ok ? [] : [parsed.errors, yaml]).toEqual([]);
          }
        }),
        { numRuns: Number(process.env.FUZZ_RUNS ?? 100) },
      );
    },
  );
});
