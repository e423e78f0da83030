import { cellsOutside, type FidelityRow, fidelityMatrixMarkdown } from '../src-engine/compare/fidelity-matrix.ts';
import { SLACK_MEANING } from '../src-engine/compare/slack.ts';
import { SIMPLIFICATIONS } from '../src-engine/scenario/presets.ts';
import { reasonFor } from './fidelity-reasons.ts';

const list = (items: readonly string[]): string => items.map((item) => `* ${item}`).join('\n');

/** Cells outside their tolerance, those of one experiment, kernel and reason together. */
function apart(rows: readonly FidelityRow[]): string {
  const lines = rows.flatMap(({ scenario, fidelity }) => {
    const by_reason = new Map<string, string[]>();
    for (const cell of cellsOutside(fidelity)) {
      const why = reasonFor(scenario, fidelity.kernel, cell.sample, cell) ?? 'Not known.';
      by_reason.set(why, [...(by_reason.get(why) ?? []), `${cell.sample} \`${cell.path}\` ${cell.counter}`]);
    }
    return [...by_reason].map(([why, cells]) => `| ${scenario} | ${fidelity.kernel.replace(/^linux /, '')} | ${cells.length} | ${why} | ${cells.join(', ')} |`);
  });
  return ['| Experiment | Kernel | Cells | Why | Which |', '| --- | --- | ---: | --- | --- |', ...lines].join('\n');
}

/** docs/fidelity.md: the recordings that are kept here, and the simulator beside them. */
export function fidelityPage(rows: readonly FidelityRow[]): readonly string[] {
  return [
    '# The simulator beside real kernels',
    'Experiments that were recorded on Debian’s cloud kernels 6.1 and 6.12 (`test/fixtures`), run in the simulator (`test/kernel/scenarios`) under the model of that kernel. Each counter of each container at each sample is a cell; those that are 0 in both, and the root’s, which hold the guest’s own program, are not counted. A cell agrees if it is exact, or within 3 % of the kernel’s or 96 pages (or counts), whichever is more; shmem, dying descendants and what the killer did must be exact.',
    '`npm run fidelity` prints this anew; `memledger fidelity DIRECTORY --kernel PACKAGE` boots a kernel of yours and compares.',
    fidelityMatrixMarkdown(rows).trimEnd(),
    '## What explains a difference',
    'Nothing is subtracted before the verdict. Beside a difference stands how much of it is known to come from what the kernel does and the scenario does not ask for:',
    list(Object.entries(SLACK_MEANING).map(([cause, meaning]) => `${cause}: ${meaning}.`)),
    '## Cells that do not agree',
    apart(rows),
    '## What the simulator does not model',
    list(SIMPLIFICATIONS),
  ];
}
