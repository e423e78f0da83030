import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileScenario } from '../scenario/compile.ts';
import { parseScenario } from '../scenario/parse.ts';
import { checkUbc, isConsistent } from './ubc-check.ts';
import { parseUbc, type UbcName, type UbcResource } from './ubc-config.ts';
import { ubcScenario } from './ubc-scenario.ts';

const resource = (text: string, name: UbcName): UbcResource | undefined => {
  const parsed = parseUbc(text);
  return parsed.ok ? parsed.value[0]?.resources.get(name) : undefined;
};
const firstError = (text: string) => {
  const parsed = parseUbc(text);
  return parsed.ok ? undefined : parsed.errors[0];
};

describe('a configuration', () => {
  it('has values in the unit of the resource, in bytes by their suffix, or none', () => {
    const of = (value: string, key = 'PRIVVMPAGES') => resource(`${key}="${value}"`, key.toLowerCase() as UbcName);
    expect(of('49152:53575')).toEqual({ barrier: 49_152, limit: 53_575 });
    expect(of('1G:1.5G')).toEqual({ barrier: 262_144, limit: 393_216 });
    expect(of('4097B:8191')).toEqual({ barrier: 1, limit: 8_191 });
    expect(of('100P', 'KMEMSIZE')).toEqual({ barrier: 409_600, limit: 409_600 });
    expect(of('14372700:14790164', 'KMEMSIZE')).toEqual({ barrier: 14_372_700, limit: 14_790_164 });
    for (const open of ['unlimited', '2147483647', '9223372036854775807'])
      expect(of(`0:${open}`, 'PHYSPAGES')).toEqual({ barrier: 0, limit: Number.POSITIVE_INFINITY });
  });

  it('may say much that is no beancounter, and comments', () => {
    expect(resource('# UBC\nONBOOT="yes"\nIP_ADDRESS="10.0.0.1"\n  NUMPROC = 240 # processes\nDISKSPACE="2G:2.2G"\n', 'numproc')).toEqual({
      barrier: 240,
      limit: 240,
    });
  });

  it('with a row that is not understood is refused with its line', () => {
    expect(firstError('NUMPROC="240:240"\nKMEMSIZE="lots"')).toMatchObject({ code: 'ubc.row', place: { line: 2 } });
    expect(firstError('NUMPROC="1K"')?.code).toBe('ubc.row');
    expect(firstError('NUMPROC="1:2:3"')?.code).toBe('ubc.row');
    expect(firstError('NUMPROC="1:"')?.code).toBe('ubc.row');
    expect(firstError('ONBOOT="yes"')?.code).toBe('ubc.nothing');
    expect(firstError('')?.code).toBe('ubc.nothing');
  });
});

describe('a table', () => {
  const HEAD = 'Version: 2.5\n       uid  resource           held    maxheld    barrier      limit    failcnt\n';
  it('has a beancounter for each number, with what is held', () => {
    const parsed = parseUbc(
      `${HEAD} 101:  kmemsize  5 7 10 12 3\n  numproc 1 2 3 4 0\n  dummy 0 0 0 0 0\n  0: kmemsize 1 1 9223372036854775807 9223372036854775807 0\n`,
    );
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
    expect(parsed.value.map(({ uid, resources }) => [uid, resources.size])).toEqual([
      [101, 2],
      [0, 1],
    ]);
    expect(parsed.value[0]?.resources.get('kmemsize')).toEqual({ barrier: 10, limit: 12, usage: { held: 5, maxheld: 7, failcnt: 3 } });
    expect(parsed.value[1]?.resources.get('kmemsize')?.limit).toBe(Number.POSITIVE_INFINITY);
  });

  it('cut off in the middle of a row is refused with its line', () => {
    expect(firstError(`${HEAD} 101:  kmemsize  5 7 10`)).toMatchObject({ code: 'ubc.row', place: { line: 3 } });
    expect(firstError(`${HEAD}  numproc 1 2 3 4 0`)).toMatchObject({ code: 'ubc.row', place: { line: 3 } });
  });

  it('of any text is read or refused, never thrown at', () => {
    fc.assert(
      fc.property(fc.string(), (text) => typeof parseUbc(`${HEAD}${text}`).ok === 'boolean' && typeof parseUbc(text).ok === 'boolean'),
      { seed: 1 },
    );
  });
});

describe('the validator', () => {
  const SAMPLE: Readonly<Record<string, string>> = {
    NUMPROC: '65:65',
    NUMTCPSOCK: '80:80',
    NUMOTHERSOCK: '80:80',
    VMGUARPAGES: '6144:2147483647',
    KMEMSIZE: '2752512:2936012',
    TCPSNDBUF: '319488:524288',
    TCPRCVBUF: '319488:524288',
    OTHERSOCKBUF: '132096:336896',
    DGRAMRCVBUF: '132096:132096',
    OOMGUARPAGES: '6144:2147483647',
    LOCKEDPAGES: '32:32',
    SHMPAGES: '8192:8192',
    PRIVVMPAGES: '49152:53575',
    NUMFILE: '2048:2048',
    NUMFLOCK: '100:110',
    NUMPTY: '16:16',
    NUMSIGINFO: '256:256',
    DCACHESIZE: '1048576:1097728',
    PHYSPAGES: '0:2147483647',
    NUMIPTENT: '128:128',
  };
  const findings = (changes: Readonly<Record<string, string | null>>): readonly string[] => {
    const keys = { ...SAMPLE, ...changes };
    const parsed = parseUbc(
      Object.entries(keys)
        .flatMap(([key, value]) => (value === null ? [] : [`${key}="${value}"`]))
        .join('\n'),
    );
    if (!parsed.ok || parsed.value[0] === undefined) throw new Error(JSON.stringify(parsed));
    return checkUbc(parsed.value[0]).map(({ level, message }) => `${level}: ${message}`);
  };

  it('says what vzctl says', () => {
    expect(findings({})).toEqual([]);
    expect(findings({ NUMPROC: '65:66' })).toEqual(['error: barrier should be equal to limit for numproc (currently, 65:66)']);
    expect(findings({ PRIVVMPAGES: '53576:53575' })).toEqual(['error: barrier should be <= limit for privvmpages (currently, 53576:53575)']);
    expect(findings({ VMGUARPAGES: '6144:6144' })).toEqual(['error: limit should be = 9223372036854775807 for vmguarpages (currently, 6144)']);
    expect(findings({ PHYSPAGES: '1:2147483647' })).toEqual(['error: barrier should be = 0 for physpages (currently, 1)']);
    expect(findings({ TCPSNDBUF: '319489:524288' })).toEqual(['error: tcpsndbuf.lim-tcpsndbuf.bar should be > 204800 (currently, 204799)']);
    expect(findings({ KMEMSIZE: '2408447:2936012' })).toEqual(['error: kmemsize.bar should be > 2408448 (currently, 2408447)']);
    expect(findings({ VMGUARPAGES: '49153:2147483647' })).toEqual(['warning: privvmpages.bar should be > 49153 (currently, 49152)']);
    expect(findings({ DGRAMRCVBUF: '32768:132096' })).toEqual(['recommendation: dgramrcvbuf.bar should be > 132096 (currently, 32768)']);
    expect(findings({ DGRAMRCVBUF: '32767:132096' })).toEqual(['warning: dgramrcvbuf.bar should be > 32768 (currently, 32767)']);
    expect(findings({ AVNUMPROC: '65' })).toEqual([
      'error: kmemsize.bar should be > 3760128 (currently, 2752512)',
      'warning: numfile should be > 2080 (currently, 2048)',
    ]);
    expect(findings({ KMEMSIZE: null, NUMPTY: null })).toEqual(['error: parameter kmemsize not found', 'error: parameter numpty not found']);
    expect(findings({ NUMFLOCK: null })).toEqual(['error: parameter numflock not found']);
  });

  it('lets recommendations pass, and of VSwap looks at the order alone', () => {
    expect(isConsistent([{ level: 'recommendation', resource: 'dgramrcvbuf', message: '' }])).toBe(true);
    expect(isConsistent([{ level: 'warning', resource: 'dgramrcvbuf', message: '' }])).toBe(false);
    expect(findings({ PHYSPAGES: '0:131072', NUMPROC: '1:2' })).toEqual([]);
    expect(findings({ PHYSPAGES: '0:131072', KMEMSIZE: '2:1' })).toEqual(['error: barrier should be <= limit for kmemsize (currently, 2:1)']);
  });
});

describe('a scenario of beancounters', () => {
  it('is read by the lab, with the limits that models have', () => {
    const parsed = parseUbc(
      'uid  resource held maxheld barrier limit failcnt\n101: kmemsize 0 0 2752512 2936012 0\nprivvmpages 0 0 49152 53575 0\nlockedpages 0 0 32 32 0\ntcpsndbuf 0 0 1 524288 0\ntcprcvbuf 0 0 1 524288 0\nothersockbuf 0 0 1 336896 0\ndgramrcvbuf 0 0 1 132096 0\n102: physpages 0 0 0 131072 0\nswappages 0 0 0 262144 0\n0: kmemsize 0 0 1 2147483647 0\n',
    );
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
    const text = ubcScenario(parsed.value, 'Two «containers»: of a table', { ram_bytes: 2 ** 30, swap_bytes: 2 ** 31, lowmem_bytes: 2 ** 30 });
    const scenario = parseScenario(text);
    if (!scenario.ok) throw new Error(JSON.stringify(scenario.errors));
    expect([...scenario.value.scenario.containers]).toEqual([
      ['ct101', { max: 53_575 * 4096, 'kmem-max': 2_936_012, 'tcp-max': 2 * 524_288 + 336_896 + 132_096, 'pins-max': 131_072 }],
      ['ct102', { max: 2 ** 29, 'swap-max': 2 ** 30 }],
    ]);
    const program = compileScenario(scenario.value, { readTrace: () => ({ ok: false, errors: [] }) });
    expect(program.ok).toBe(true);
  });
});
