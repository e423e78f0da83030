import { fail, ok } from '../base/result.ts';
import type { ForeignFormat, ImportInput } from './foreign-format.ts';
import { procScenario } from './proc-scenario.ts';
import { type ProcSource, readProcSnapshot } from './proc-snapshot.ts';

const MAPS = /(?:^|\/)(\d+)\/maps$/;
/** File of /proc that says which machine it is; of a set that has it not the machine is unknown. */
export const HOSTNAME_FILE = 'sys/kernel/hostname';
const decoder = new TextDecoder();

/** Processes of a saved set, and the directory in it that they stand in. */
function processesOf({ files }: ImportInput): { readonly pids: readonly number[]; readonly prefix: string } {
  const found = files.map(({ path }) => path).filter((path) => MAPS.test(path));
  const prefix = (found[0] ?? '').replace(/\d+\/maps$/, '');
  const pids = found.filter((path) => path.startsWith(prefix)).map((path) => Number(MAPS.exec(path)?.[1]));
  return { pids: pids.sort((x, y) => x - y), prefix };
}

/** A saved set of /proc files: `PID/maps`, `PID/pagemap` (whole, or only the entries of the mappings), `PID/cgroup`, `PID/comm`, `kpageflags`, `kpagecgroup`, `cgroups` (inode and path, a line each), and the machine's name in `sys/kernel/hostname`. */
export const PROC_SET: ForeignFormat = {
  id: 'proc-pages',
  title: 'page tables of /proc',
  source: '`memledger import --proc PID… --save DIR`, or copies of the files in /proc',
  recognise(input) {
    const { pids, prefix } = processesOf(input);
    const has_flags = input.files.some(({ path }) => path === `${prefix}kpageflags`);
    const fits = has_flags ? pids.length * 100 : 0;
    return {
      fits,
      why: pids.length === 0 ? 'there is no file PID/maps' : has_flags ? `maps of ${pids.length} processes` : 'there is no file kpageflags beside PID/maps',
    };
  },
  read(input) {
    const { pids, prefix } = processesOf(input);
    const by_path = new Map(input.files.map(({ path, bytes }) => [path, bytes]));
    const missing = (path: string) =>
      fail({
        code: 'proc-missing',
        message: `There is no ${prefix}${path} in ${input.name}.`,
        place: { file: input.name },
        remedy: 'save the set anew with `memledger import --proc PID… --save DIR`',
      });
    const source: ProcSource = {
      text(path) {
        const bytes = by_path.get(prefix + path);
        return bytes === undefined ? missing(path) : ok(decoder.decode(bytes));
      },
      bytes(path, offset, length) {
        const bytes = by_path.get(prefix + path);
        return bytes === undefined ? missing(path) : ok(bytes.subarray(Math.min(offset, bytes.length), Math.min(offset + length, bytes.length)));
      },
      size: (path) => by_path.get(prefix + path)?.length ?? null,
    };
    const snapshot = readProcSnapshot(source, pids);
    if (!snapshot.ok) return snapshot;
    const host = by_path.get(prefix + HOSTNAME_FILE);
    const saved_in = input.name.split('/').findLast((part) => part !== '') ?? input.name;
    return procScenario(snapshot.value, { saved_in, machine: host === undefined ? null : decoder.decode(host).trim() || null });
  },
};
