import { describe, expect, test } from 'vitest';
import { formatBytes } from '../../src-engine/base/figures.ts';
import {
  chargeBeancounter,
  checkUbc,
  isConsistent,
  ubcCommitment,
  ubcFormulas,
  ubcOverdraft,
  ubcUtilisation,
  vswapParameters,
} from '../../src-engine/formats/ubc-check.ts';
import { type Beancounter, parseUbc, type UbcName } from '../../src-engine/formats/ubc-config.ts';

/** Cases with known answers on the resources of beancounters; the number of each is that of the project's list of oracles. */

/** The table of OpenVZ's wiki (“/proc/user_beancounters”), of the container 123. */
const WIKI_TABLE = `Version: 2.5
       uid  resource           held    maxheld    barrier      limit    failcnt
       123: kmemsize         836919    1005343    2752512    2936012          0
            lockedpages           0          0         32         32          0
            privvmpages        4587       7289      49152      53575          0
            shmpages             39         39       8192       8192          0
            dummy                 0          0          0          0          0
            numproc              20         26         65         65          0
            physpages          2267       2399          0 2147483647          0
            vmguarpages           0          0       6144 2147483647          0
            oomguarpages       2267       2399       6144 2147483647          0
            numtcpsock            3          3         80         80          0
            numflock              3          4        100        110          0
            numpty                1          1         16         16          0
            numsiginfo            0          1        256        256          0
            tcpsndbuf             0          0     319488     524288          0
            tcprcvbuf             0          0     319488     524288          0
            othersockbuf       6684       7888     132096     336896          0
            dgramrcvbuf           0       8372     132096     132096          0
            numothersock          8         10         80         80          0
            dcachesize        87672      92168    1048576    1097728          0
            numfile             238        306       2048       2048          0
            dummy                 0          0          0          0          0
            numiptent            10         16        128        128          0
`;

/** Parameters of vzctl's samples for x86 (etc/conf/ve-vps.basic.conf-sample.x86 and ve-light.conf-sample.x86, vzctl 3.0). */
const VPS_BASIC = `ONBOOT="yes"
KMEMSIZE="11055923:11377049"
LOCKEDPAGES="256:256"
PRIVVMPAGES="65536:69632"
SHMPAGES="21504:21504"
NUMPROC="240:240"
PHYSPAGES="0:2147483647"
VMGUARPAGES="33792:2147483647"
OOMGUARPAGES="26112:2147483647"
NUMTCPSOCK="360:360"
NUMFLOCK="188:206"
NUMPTY="16:16"
NUMSIGINFO="256:256"
TCPSNDBUF="1720320:2703360"
TCPRCVBUF="1720320:2703360"
OTHERSOCKBUF="1126080:2097152"
DGRAMRCVBUF="262144:262144"
NUMOTHERSOCK="360:360"
DCACHESIZE="3409920:3624960"
NUMFILE="9312:9312"
AVNUMPROC="180:180"
NUMIPTENT="128:128"
`;
const LIGHT = `AVNUMPROC="15:15"
NUMPROC="40:40"
NUMTCPSOCK="40:40"
NUMOTHERSOCK="40:40"
VMGUARPAGES="1725:2147483647"
KMEMSIZE="1740800:1847296"
TCPSNDBUF="159744:262144"
TCPRCVBUF="159744:262144"
OTHERSOCKBUF="135168:237568"
DGRAMRCVBUF="135168:196608"
OOMGUARPAGES="1725:2147483647"
LOCKEDPAGES="4:4"
SHMPAGES="1152:1152"
PRIVVMPAGES="7680:8448"
NUMFILE="512:512"
NUMFLOCK="50:60"
NUMPTY="4:4"
NUMSIGINFO="256:256"
DCACHESIZE="196608:202752"
PHYSPAGES="0:2147483647"
NUMIPTENT="16:16"
`;

function beancounterOf(text: string): Beancounter {
  const parsed = parseUbc(text);
  if (!parsed.ok || parsed.value[0] === undefined) throw new Error(JSON.stringify(parsed));
  return parsed.value[0];
}

/** Actual and needed number of a formula. */
function formula(beancounter: Beancounter, what: string): readonly [number, number] {
  const found = ubcFormulas(beancounter).find((one) => one.what === what);
  if (found === undefined) throw new Error(`no formula for ${what}`);
  return [found.actual, found.needed];
}

const GIB = 2 ** 30;
const HOST = { ram_bytes: GIB, swap_bytes: 2 * GIB, lowmem_bytes: 832 * 2 ** 20 };

describe('user beancounters', () => {
  test('UBC-15: pages of the wiki’s container, as sizes', () => {
    const { resources } = beancounterOf(WIKI_TABLE);
    const mib = (name: UbcName): number => ((resources.get(name)?.usage?.held ?? 0) * 4096) / 2 ** 20;
    expect(mib('privvmpages')).toBeCloseTo(17.918, 3);
    expect(mib('physpages')).toBeCloseTo(8.855, 3);
    expect(formatBytes(4587 * 4096)).toBe('17.92\u202fMiB');
  });

  test('UBC-16: a hard charge is held to the barrier, a soft one to the limit', () => {
    const kmemsize = { barrier: 2_752_512, limit: 2_936_012, usage: { held: 2_752_000, maxheld: 2_752_000, failcnt: 0 } };
    const hard = chargeBeancounter(kmemsize, 600, 'hard');
    expect(hard).toEqual({ charged: false, resource: { ...kmemsize, usage: { ...kmemsize.usage, failcnt: 1 } } });
    const soft = chargeBeancounter(kmemsize, 600, 'soft');
    expect(soft).toEqual({ charged: true, resource: { ...kmemsize, usage: { held: 2_752_600, maxheld: 2_752_600, failcnt: 0 } } });
    expect(chargeBeancounter(kmemsize, 512, 'hard').charged).toBe(true);
    expect(chargeBeancounter(kmemsize, 1e9, 'soft').charged).toBe(false);
    expect(chargeBeancounter(kmemsize, 1e9, 'force').charged).toBe(true);
  });

  test('UBC-18: the sample ve-vps.basic is consistent, by these minima', () => {
    const basic = beancounterOf(VPS_BASIC);
    expect(formula(basic, 'tcpsndbuf.lim-tcpsndbuf.bar')).toEqual([983_040, 921_600]);
    expect(formula(basic, 'tcprcvbuf.lim-tcprcvbuf.bar')).toEqual([983_040, 921_600]);
    expect(formula(basic, 'othersockbuf.lim-othersockbuf.bar')).toEqual([971_072, 921_600]);
    expect(formula(basic, 'numfile')).toEqual([9_312, 5_760]);
    expect(formula(basic, 'dcachesize.lim')).toEqual([3_624_960, 3_575_808]);
    expect(formula(basic, 'kmemsize.bar')).toEqual([11_055_923, 10_997_760]);
    expect(checkUbc(basic)).toEqual([]);
  });

  test('UBC-19: so are ve-light and the wiki’s container, the gaps to the byte', () => {
    const light = beancounterOf(LIGHT);
    expect(formula(light, 'kmemsize.bar')).toEqual([1_740_800, 817_152]);
    for (const name of ['tcpsndbuf', 'tcprcvbuf', 'othersockbuf']) expect(formula(light, `${name}.lim-${name}.bar`)).toEqual([102_400, 102_400]);
    expect(checkUbc(light)).toEqual([]);
    // The table has no avnumproc: half of numproc, which is what the oracle has as 32.
    const wiki = beancounterOf(WIKI_TABLE);
    expect(formula(wiki, 'kmemsize.bar')).toEqual([2_752_512, 2_408_448]);
    for (const name of ['tcpsndbuf', 'tcprcvbuf', 'othersockbuf']) expect(formula(wiki, `${name}.lim-${name}.bar`)).toEqual([204_800, 204_800]);
    expect(checkUbc(wiki)).toEqual([]);
  });

  test('UBC-21: utilisation of a host by the wiki’s container', () => {
    const { low_memory, ram = 0, memory_and_swap, allocation } = ubcUtilisation(beancounterOf(WIKI_TABLE), HOST);
    for (const [share, percent] of [
      [low_memory, 0.2417],
      [ram, 0.8648],
      [memory_and_swap, 0.2883],
      [allocation, 0.5833],
    ] as const)
      expect(100 * share).toBeCloseTo(percent, 4);
  });

  test('UBC-22: commitment of a host to it', () => {
    const { memory_and_swap, allocation, allocation_limit = 0 } = ubcCommitment(beancounterOf(WIKI_TABLE), HOST);
    expect(100 * memory_and_swap).toBeCloseTo(0.78125, 4);
    expect(100 * allocation).toBeCloseTo(0.78125, 4);
    expect(100 * allocation_limit).toBeCloseTo(6.8124, 4);
  });

  test('UBC-23: overdraft when the machine is out of memory', () => {
    const usage = (held: number) => ({ held, maxheld: held, failcnt: 0 });
    const over: Beancounter = {
      uid: 1,
      resources: new Map<UbcName, { barrier: number; limit: number; usage: ReturnType<typeof usage> }>([
        ['kmemsize', { barrier: 0, limit: 0, usage: usage(8 * 2 ** 20) }],
        ['tcpsndbuf', { barrier: 0, limit: 0, usage: usage(2 ** 20) }],
        ['tcprcvbuf', { barrier: 0, limit: 0, usage: usage(2 ** 20) }],
        ['oomguarpages', { barrier: 5_000, limit: 5_000, usage: usage(4_000) }],
      ]),
    };
    expect(ubcOverdraft(over)).toBe(1_560);
    expect(ubcOverdraft(beancounterOf(WIKI_TABLE))).toBe(-3_672);
  });

  test('UBC-25: parameters of a VSwap container', () => {
    const parameters = vswapParameters(512 * 2 ** 20, GIB, 1.5);
    const of = (name: UbcName) => parameters.get(name);
    expect([of('physpages')?.limit, of('swappages')?.limit, of('vmguarpages')?.barrier, of('lockedpages')?.barrier, of('privvmpages')?.limit]).toEqual([
      131_072, 262_144, 393_216, 131_072, 589_824,
    ]);
    expect(vswapParameters(512 * 2 ** 20, GIB).get('privvmpages')?.limit).toBe(Number.POSITIVE_INFINITY);
    expect(isConsistent(checkUbc({ uid: null, resources: parameters }))).toBe(true);
  });
});
