import { readUbcFile } from '../../lab/ubc-report.ts';
import { EXIT, print, printJson, tellErrors } from './output.ts';

export interface UbcCommandOptions {
  readonly ram: number;
  readonly swap: number;
  readonly lowmem?: number;
  readonly scenario?: boolean;
  readonly json?: boolean;
}

/** `memledger ubc-check FILE`: beancounters of a container’s configuration or of /proc/user_beancounters against the consistency rules, or as a scenario. */
export async function ubcCommand(file: string, { ram, swap, lowmem, scenario = false, json = false }: UbcCommandOptions): Promise<number> {
  const read = readUbcFile(file, { ram_bytes: ram, swap_bytes: swap, lowmem_bytes: lowmem ?? ram });
  if (!read.ok) return tellErrors(read.errors, json);
  if (scenario) {
    await print(read.value.scenario);
    return EXIT.ok;
  }
  if (json) await printJson(read.value.reports);
  else await print(read.value.text);
  return read.value.reports.every(({ consistent }) => consistent) ? EXIT.ok : EXIT.expectation_failed;
}
