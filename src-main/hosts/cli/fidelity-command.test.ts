import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../store/test-database.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

function fidelity(...args: readonly string[]) {
  const done = spawnSync(process.execPath, [join(ROOT, 'src-main/hosts/cli/main.ts'), 'fidelity', ...args, '--no-store'], { cwd: ROOT, encoding: 'utf8' });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

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
});
