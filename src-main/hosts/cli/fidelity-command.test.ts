import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkQemu } from '../../kernel/qemu.ts';
import { temporaryDirectory } from '../../store/test-database.ts';
import { failedBoots } from './fidelity-command.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

function run(...args: readonly string[]) {
  const done = spawnSync(process.execPath, [join(ROOT, 'src-main/hosts/cli/main.ts'), 'fidelity', ...args], { cwd: ROOT, encoding: 'utf8' });
  return { code: done.status, out: done.stdout, err: done.stderr };
}
const fidelity = (...args: readonly string[]) => run(...args, '--no-store');

const SCENARIO = 'test/kernel/scenarios/cache-limit.yaml';
const RECORDING = 'test/fixtures/kernel-6.12/cache-limit.json';

describe('memledger fidelity', () => {
  it('shows every cell of one scenario on one kernel, in 72 columns', () => {
    const { code, out } = fidelity(SCENARIO, RECORDING);
    expect(code).toBe(0);
    expect(out).toMatch(/^58 of 58 cells agree/m);
    expect(out).toMatch(/^= A workingset_refault_file {2,}16,384 {2,}16,384$/m);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(72);
  });

  it('gives a matrix of several models, and JSON', () => {
    const { code, out } = fidelity(SCENARIO, RECORDING, '--model', 'memcg-v2', '--model', 'none', '--json');
    expect(code).toBe(0);
    const { rows } = JSON.parse(out) as { readonly rows: readonly { readonly fidelity: { readonly model: string; readonly matched_count: number } }[] };
    expect(rows.map((row) => row.fidelity.model)).toEqual(['memcg-v2', 'none']);
    expect(rows[0]?.fidelity.matched_count).toBeGreaterThan(rows[1]?.fidelity.matched_count ?? 0);
  });

  it('says what is wrong with what it is given', () => {
    const broken = join(temporaryDirectory(), 'cache-limit.json');
    writeFileSync(broken, '{"kernel":');
    expect(fidelity(SCENARIO, broken)).toMatchObject({ code: 1, err: expect.stringContaining(`${broken}: This is no recording of a kernel`) });
    expect(fidelity(SCENARIO).err).toContain('No kernel has run any of these scenarios');
  });

  it('leaves the library alone with --no-store, and makes one without', () => {
    const library = join(temporaryDirectory(), 'library.db');
    expect(fidelity(SCENARIO, RECORDING, '--db', library).code).toBe(0);
    expect(existsSync(library)).toBe(false);
    expect(run(SCENARIO, RECORDING, '--db', library).code).toBe(0);
    expect(existsSync(library)).toBe(true);
  });

  it('says of boots that failed on which kernel and why', () => {
    const error = { code: 'guest-died', message: 'The guest ended before the last step.', remedy: 'its console is kept with the run' };
    const runs = [
      { model: 'linux 6.1.0', status: 'complete', error: null },
      { model: 'linux 6.12.0', status: 'failed', error },
      { model: 'linux 7.2.0', status: 'interrupted', error: null },
    ] as const;
    expect(failedBoots('oom', runs).map(({ message, remedy }) => [message, remedy])).toEqual([
      ['oom on linux 6.12.0: The guest ended before the last step.', 'its console is kept with the run'],
      ['oom on linux 7.2.0: the run is interrupted', undefined],
    ]);
  });

  it.runIf(checkQemu().ok)('names a kernel that does not boot, and fails', { timeout: 120_000 }, () => {
    const image = join(temporaryDirectory(), 'bzImage');
    writeFileSync(image, 'no kernel');
    const { code, err } = fidelity(SCENARIO, '--kernel', image);
    expect(code).toBe(1);
    expect(err).toContain('bzImage');
  });
});
