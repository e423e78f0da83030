import { basename } from 'node:path';
import { ok, type Result } from '../../src-engine/base/result.ts';
import {
  checkUbc,
  isComplete,
  isConsistent,
  type UbcFinding,
  type UbcHost,
  type UbcShares,
  ubcCommitment,
  ubcOverdraft,
  ubcUtilisation,
} from '../../src-engine/formats/ubc-check.ts';
import { type Beancounter, isVswap, parseUbc, UBC_RESOURCES, type UbcName } from '../../src-engine/formats/ubc-config.ts';
import { ubcScenario } from '../../src-engine/formats/ubc-scenario.ts';
import { readUserFile } from './scenario-file.ts';
import { countText, row, sizeText } from './text.ts';

/** Tables of whole hosts are far smaller. */
const UBC_BYTES_MAX = 16 * 2 ** 20;
const WIDTHS = [14, 12, 12, 12, 12, 9] as const;
const SHARE_WIDTHS = [22, 12, 12] as const;

/** What the rules say of one container's beancounter, and how much of the host it has. */
export interface UbcReport {
  readonly container: string;
  readonly vswap: boolean;
  readonly consistent: boolean;
  readonly findings: readonly UbcFinding[];
  readonly utilisation: UbcShares | null;
  readonly commitment: UbcShares | null;
  readonly oom_overdraft_pages: number | null;
}

const shownAmount = (name: UbcName, value: number): string => {
  if (value === Number.POSITIVE_INFINITY) return 'unlimited';
  if (UBC_RESOURCES[name] === 'count') return countText(value);
  return sizeText(UBC_RESOURCES[name] === 'pages' ? value * 4096 : value);
};
const percent = (share: number | undefined): string => (share === undefined ? '' : `${(100 * share).toFixed(4)} %`);

function reportOf(beancounter: Beancounter, container: string, host: UbcHost): UbcReport {
  const findings = checkUbc(beancounter);
  const vswap = isVswap(beancounter);
  const is_running = [...beancounter.resources.values()].some(({ usage }) => usage !== undefined);
  return {
    container,
    vswap,
    consistent: isConsistent(findings),
    findings,
    utilisation: is_running && isComplete(beancounter) ? ubcUtilisation(beancounter, host) : null,
    commitment: vswap || !isComplete(beancounter) ? null : ubcCommitment(beancounter, host),
    oom_overdraft_pages: is_running ? ubcOverdraft(beancounter) : null,
  };
}

/** The report as text of 72 columns. */
function reportText(beancounter: Beancounter, report: UbcReport): string {
  const { container, consistent, vswap, findings, utilisation, commitment, oom_overdraft_pages } = report;
  const lines = [`${container}: ${consistent ? 'consistent' : 'not consistent'}${vswap ? ' (VSwap: only the order of barriers and limits is checked)' : ''}`];
  for (const { level, message } of findings) lines.push(`  ${level}: ${message}`);
  lines.push('', row(['resource', 'held', 'maxheld', 'barrier', 'limit', 'failcnt'], WIDTHS));
  for (const [name, { barrier, limit, usage }] of beancounter.resources) {
    const held = usage === undefined ? ['', ''] : [shownAmount(name, usage.held), shownAmount(name, usage.maxheld)];
    lines.push(row([name, ...held, shownAmount(name, barrier), shownAmount(name, limit), usage === undefined ? '' : countText(usage.failcnt)], WIDTHS));
  }
  if (utilisation !== null || commitment !== null) {
    lines.push('', row(['share of the host', 'utilisation', 'commitment'], SHARE_WIDTHS));
    for (const [what, key] of [
      ['low memory', 'low_memory'],
      ['RAM', 'ram'],
      ['memory and swap', 'memory_and_swap'],
      ['allocation', 'allocation'],
      ['allocation limit', 'allocation_limit'],
    ] as const)
      lines.push(row([what, percent(utilisation?.[key]), percent(commitment?.[key])], SHARE_WIDTHS));
  }
  if (oom_overdraft_pages !== null)
    lines.push(
      '',
      `overdraft when the machine is out of memory: ${oom_overdraft_pages > 0 ? countText(oom_overdraft_pages) : `none (${oom_overdraft_pages})`} pages`,
    );
  return lines.join('\n');
}

/** Beancounters of a file, as reports, as text, and as a scenario. */
export interface UbcFile {
  readonly reports: readonly UbcReport[];
  readonly text: string;
  readonly scenario: string;
}

/** Reads a container’s configuration or /proc/user_beancounters. Errors name the file and the line. */
export function readUbcFile(file: string, host: UbcHost): Result<UbcFile> {
  const bytes = readUserFile(file, UBC_BYTES_MAX);
  if (!bytes.ok) return bytes;
  const parsed = parseUbc(new TextDecoder().decode(bytes.value));
  if (!parsed.ok) return { ok: false, errors: parsed.errors.map((error) => ({ ...error, place: { file, ...error.place } })) };
  const checked = parsed.value
    // The host's own beancounter has no limits that could be checked.
    .filter(({ uid }) => uid !== 0)
    .map((beancounter) => ({ beancounter, report: reportOf(beancounter, beancounter.uid === null ? basename(file) : `container ${beancounter.uid}`, host) }));
  return ok({
    reports: checked.map(({ report }) => report),
    text: checked.map(({ beancounter, report }) => reportText(beancounter, report)).join('\n\n'),
    scenario: ubcScenario(parsed.value, `Beancounters of ${basename(file)}`, host),
  });
}
