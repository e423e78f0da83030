import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatError, type Result } from '../src-engine/base/result.ts';
import type { FidelityRow } from '../src-engine/compare/fidelity-matrix.ts';
import { besideRecording, modelOfKernel, readRecording } from '../src-main/lab/recordings.ts';

const ROOT = join(import.meta.dirname, '..');
const SCENARIOS = join(ROOT, 'test/kernel/scenarios');
const FIXTURES = ['kernel-6.1', 'kernel-6.12'].map((name) => join(ROOT, 'test/fixtures', name));

/** Every recording that is kept here, and the simulator in the same scenario under the model of that kernel. */
export function committedFidelity(): readonly FidelityRow[] {
  return FIXTURES.flatMap((directory) =>
    readdirSync(directory)
      .filter((file) => file.endsWith('.json'))
      .sort()
      .map((file): FidelityRow => {
        const recording = must(readRecording(join(directory, file)));
        const scenario = join(SCENARIOS, `${recording.name}.yaml`);
        if (!existsSync(scenario)) throw new Error(`no scenario for ${file}`);
        return must(besideRecording(recording, readFileSync(scenario, 'utf8'), SCENARIOS, modelOfKernel(recording.release, recording.cgroup)));
      }),
  );
}

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.errors.map(formatError).join('\n'));
  return result.value;
}
