import { PAGE_SIZE_BYTES } from '../base/ids.ts';
import { formatSize } from '../scenario/units.ts';
import type { UbcHost } from './ubc-check.ts';
import { type Beancounter, isVswap, type UbcName } from './ubc-config.ts';

const SOCKET_BUFFERS: readonly UbcName[] = ['tcpsndbuf', 'tcprcvbuf', 'othersockbuf', 'dgramrcvbuf'];

const limitPages = ({ resources }: Beancounter, name: UbcName): number => (resources.get(name)?.limit ?? Number.POSITIVE_INFINITY) * PAGE_SIZE_BYTES;
const limitBytes = ({ resources }: Beancounter, name: UbcName): number => resources.get(name)?.limit ?? Number.POSITIVE_INFINITY;

/** Limits of a container for the language, of the parameters that the models have: bytes by key. */
function limitsOf(beancounter: Beancounter): ReadonlyMap<string, number> {
  const vswap = isVswap(beancounter);
  return new Map([
    ['max', limitPages(beancounter, vswap ? 'physpages' : 'privvmpages')],
    ['swap-max', vswap ? limitPages(beancounter, 'swappages') : Number.POSITIVE_INFINITY],
    ['kmem-max', limitBytes(beancounter, 'kmemsize')],
    ['tcp-max', SOCKET_BUFFERS.reduce((sum, name) => sum + limitBytes(beancounter, name), 0)],
    ['pins-max', limitPages(beancounter, 'lockedpages')],
  ]);
}

/** Name of a container: `ct101`; of a configuration, `ct`. */
const nameOf = ({ uid }: Beancounter): string => `ct${uid ?? ''}`;

/**
 * A scenario with a container for each beancounter, under its limits, and a task in each: what to begin with. Limits are those of the models: privvmpages (of a VSwap
 * configuration physpages and swappages), kmemsize, the four socket buffers added up, and lockedpages. What no model has is left out, and named in a comment.
 */
export function ubcScenario(beancounters: readonly Beancounter[], name: string, host: UbcHost): string {
  const containers = beancounters
    // 0 is the host itself: its processes are in no container.
    .filter(({ uid }) => uid !== 0)
    .map((beancounter) => {
      const limits = [...limitsOf(beancounter)].filter(([, bytes]) => bytes !== Number.POSITIVE_INFINITY);
      return { container: nameOf(beancounter), limits: limits.map(([key, bytes]) => `${key}: ${formatSize(bytes)}`) };
    });
  return [
    'memledger: 1',
    `name: ${JSON.stringify(name)}`,
    '# Of the parameters numproc, numfile, numflock, numpty, numsiginfo, numiptent, numtcpsock, numothersock, shmpages, dcachesize, vmguarpages',
    '# and oomguarpages nothing is carried over: no model has them. max stands for privvmpages (VSwap: physpages), tcp-max for the sum of the socket buffers.',
    `machine: { memory: ${formatSize(host.ram_bytes)}, swap: ${formatSize(host.swap_bytes)} }`,
    'containers:',
    ...containers.map(({ container, limits }) => `  ${container}: {${limits.length === 0 ? '' : ` ${limits.join(', ')} `}}`),
    'tasks:',
    ...containers.map(({ container }) => `  ${container}-init: { in: ${container} }`),
    'steps:',
    '  - { sample: begin }',
    'models: [beancounters]',
    '',
  ].join('\n');
}
