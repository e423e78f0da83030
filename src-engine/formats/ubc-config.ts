import { PAGE_SIZE_BYTES } from '../base/ids.ts';
import { fail, type LabError, ok, type Result } from '../base/result.ts';

/*
 * Beancounters as OpenVZ writes them: a container's configuration (/etc/vz/conf/101.conf, ve-*.conf-sample) and the table /proc/user_beancounters. Names and units as in the wiki's “UBC parameters table” and in
 * vzctl's src/lib/config.c (3.x and 4.x).
 */

/** Unit of each resource: what its numbers count where they stand without a suffix. */
export const UBC_RESOURCES = {
  kmemsize: 'bytes',
  lockedpages: 'pages',
  privvmpages: 'pages',
  shmpages: 'pages',
  numproc: 'count',
  physpages: 'pages',
  vmguarpages: 'pages',
  oomguarpages: 'pages',
  numtcpsock: 'count',
  numflock: 'count',
  numpty: 'count',
  numsiginfo: 'count',
  tcpsndbuf: 'bytes',
  tcprcvbuf: 'bytes',
  othersockbuf: 'bytes',
  dgramrcvbuf: 'bytes',
  numothersock: 'count',
  dcachesize: 'bytes',
  numfile: 'count',
  numiptent: 'count',
  avnumproc: 'count',
  swappages: 'pages',
} as const satisfies Readonly<Record<string, 'bytes' | 'pages' | 'count'>>;
export type UbcName = keyof typeof UBC_RESOURCES;
export const isUbcName = (name: string): name is UbcName => Object.hasOwn(UBC_RESOURCES, name);

/** One resource, in its unit. Infinity is no limit (LONG_MAX of a 32-bit or 64-bit kernel, `unlimited`). */
export interface UbcResource {
  readonly barrier: number;
  readonly limit: number;
  /** Of a table alone: what is charged now, the most that ever was, and how often a charge failed. */
  readonly usage?: { readonly held: number; readonly maxheld: number; readonly failcnt: number };
}

/** The beancounter of one container. */
export interface Beancounter {
  /** Number of the container; null in a configuration, whose number is in the name of its file. */
  readonly uid: number | null;
  readonly resources: ReadonlyMap<UbcName, UbcResource>;
}

/** Where physpages has a limit the container is limited by RAM and swap (VSwap, 2.6.32-042stab), and the other parameters have no say. */
export const isVswap = ({ resources }: Beancounter): boolean => (resources.get('physpages')?.limit ?? Number.POSITIVE_INFINITY) !== Number.POSITIVE_INFINITY;

/** LONG_MAX of the two kernels, and what stands above the exact integers. */
const openEnd = (value: number): number => (value === 2 ** 31 - 1 || value > Number.MAX_SAFE_INTEGER ? Number.POSITIVE_INFINITY : value);

const TABLE_ROW = /^\s*(?:(\d+):)?\s*([a-z]\w*)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)(?:\s+(\d+))?\s*$/;
const CONFIG_ROW = /^\s*([A-Za-z_]+)\s*=\s*"?([^"#]*?)"?\s*(?:#.*)?$/;
const FACTORS: Readonly<Record<string, number>> = { '': 1, b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40, p: PAGE_SIZE_BYTES };

/** Reads a configuration or a table, whichever it is. Errors: `ubc.row` (a row of a resource that is not understood), `ubc.nothing` (no resource at all). */
export function parseUbc(text: string): Result<readonly Beancounter[]> {
  const lines = text.split(/\r?\n/);
  return lines.some((line) => /^\s*uid\s+resource\s+held\b/.test(line)) ? parseTable(lines) : parseConfig(lines);
}

const badRow = (line: number, text: string, remedy: string): LabError => ({
  code: 'ubc.row',
  message: `«${text.trim()}» is no row of a beancounter`,
  place: { line, text },
  remedy,
});

const NOTHING: LabError = {
  code: 'ubc.nothing',
  message: 'There is no beancounter in the file.',
  remedy: 'give a container’s configuration, such as /etc/vz/conf/101.conf, or what /proc/user_beancounters says',
};

function parseTable(lines: readonly string[]): Result<readonly Beancounter[]> {
  const found: { uid: number; resources: Map<UbcName, UbcResource> }[] = [];
  const errors: LabError[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '' || /^\s*(?:Version:|uid\s)/.test(line)) continue;
    const [, uid, name = '', held, maxheld, barrier, limit, failcnt = '0'] = TABLE_ROW.exec(line) ?? [];
    if (uid !== undefined) found.push({ uid: Number(uid), resources: new Map() });
    const beancounter = found.at(-1);
    if (limit === undefined || beancounter === undefined) {
      errors.push(
        badRow(index + 1, line, 'rows are a resource, then held, maxheld, barrier, limit and failcnt; the first of a container begins with its number'),
      );
      continue;
    }
    // Kernels fill places that they no longer use with `dummy`, and know resources that the lab does not.
    if (!isUbcName(name)) continue;
    beancounter.resources.set(name, {
      barrier: openEnd(Number(barrier)),
      limit: openEnd(Number(limit)),
      usage: { held: Number(held), maxheld: Number(maxheld), failcnt: Number(failcnt) },
    });
  }
  if (errors.length > 0) return fail(...errors);
  return found.some(({ resources }) => resources.size > 0) ? ok(found) : fail(NOTHING);
}

function parseConfig(lines: readonly string[]): Result<readonly Beancounter[]> {
  const resources = new Map<UbcName, UbcResource>();
  const errors: LabError[] = [];
  for (const [index, line] of lines.entries()) {
    const [, key = '', value = ''] = CONFIG_ROW.exec(line) ?? [];
    const name = key.toLowerCase();
    // A configuration says much besides: its address, its disk, its place.
    if (!isUbcName(name)) continue;
    const [barrier, limit = barrier, more] = value.split(':').map((part) => amountOf(part.trim(), name));
    if (barrier === undefined || limit === undefined || Number.isNaN(barrier + limit) || more !== undefined)
      errors.push(badRow(index + 1, line, 'write barrier:limit, each a number with K, M, G or P (pages) behind it, or `unlimited`'));
    else resources.set(name, { barrier, limit });
  }
  if (errors.length > 0) return fail(...errors);
  return resources.size > 0 ? ok([{ uid: null, resources }]) : fail(NOTHING);
}

/** A value in the unit of its resource, as vzctl reads it: a suffix means bytes (P: pages), and a number of pages is rounded down. NaN: it is no value. */
function amountOf(text: string, name: UbcName): number {
  if (text.toLowerCase() === 'unlimited') return Number.POSITIVE_INFINITY;
  const [, digits, suffix = ''] = /^(\d+(?:\.\d+)?)([BKMGTPbkmgtp]?)$/.exec(text) ?? [];
  if (digits === undefined || (suffix !== '' && UBC_RESOURCES[name] === 'count')) return Number.NaN;
  if (suffix === '') return openEnd(Number(digits));
  const bytes = Math.floor(Number(digits) * (FACTORS[suffix.toLowerCase()] ?? Number.NaN));
  return UBC_RESOURCES[name] === 'pages' ? Math.floor(bytes / PAGE_SIZE_BYTES) : bytes;
}
