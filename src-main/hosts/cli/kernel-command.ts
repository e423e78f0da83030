import { plainFigures, plural } from '../../../src-engine/base/figures.ts';
import { ok, type Result } from '../../../src-engine/base/result.ts';
import { DEFAULT_KERNEL, OTHER_KERNELS } from '../../kernel/kernel-defaults.ts';
import { cachedKernels, type KernelRequest } from '../../kernel/kernel-lab.ts';
import type { Account } from '../../kernel/plan.ts';
import { spreadOfRuns } from '../../kernel/spread.ts';
import { compareRuns } from '../../lab/compare-runs.ts';
import { compareText } from '../../lab/compare-text.ts';
import type { KernelSpread, SampleSpread } from '../../lab/contract.ts';
import { counterText } from '../../lab/counter-text.ts';
import type { RunReport } from '../../lab/run-report.ts';
import { placedIn, readScenarioFile, type ScenarioFile } from '../../lab/scenario-file.ts';
import { TEXT_COLUMNS, wrapped } from '../../lab/text.ts';
import { interruptSignal } from './interrupt.ts';
import { EXIT, print, printJson, tellErrors } from './output.ts';
import { createProgressLine } from './progress-line.ts';
import { type DatabaseOptions, openBench } from './record-files.ts';
import { runText } from './run-text.ts';

export interface KernelRunOptions extends DatabaseOptions {
  readonly kernel: readonly string[];
  readonly repeat: number;
  readonly cgroup: 'v1' | 'v2';
  readonly account: readonly Account[];
  readonly leaveOutLimits?: boolean;
  /** `--no-trace` gives false. */
  readonly trace: boolean;
  /** Seconds. */
  readonly timeout: number;
  readonly accel: 'tcg' | 'kvm';
  readonly json?: boolean;
}

const requestOf = ({ kernel, repeat, cgroup, account, trace, timeout, accel, leaveOutLimits = false }: KernelRunOptions): KernelRequest => ({
  kernels: kernel.length === 0 ? [DEFAULT_KERNEL] : kernel,
  repeat,
  cgroup: cgroup === 'v1' ? 1 : 2,
  accounts: account.length === 0 ? ['memcg'] : [...new Set(account)],
  trace,
  leave_out_limits: leaveOutLimits,
  timeout_ms: timeout * 1000,
  accel,
});

interface KernelRuns {
  readonly reports: readonly RunReport[];
  readonly interrupted: boolean;
}

async function runScenario(scenario: ScenarioFile, request: KernelRequest, database: DatabaseOptions): Promise<Result<KernelRuns>> {
  const bench = await openBench(database);
  if (!bench.ok) return bench;
  const interrupt = interruptSignal();
  const progress = createProgressLine();
  try {
    const added = await bench.value.addScenario(scenario, []);
    if (!added.ok) return added;
    const runs = await bench.value.runOnKernels(added.value, scenario.text, request, {
      signal: interrupt.signal,
      onStage: (stage) => {
        progress.clear();
        process.stderr.write(`memledger: ${stage}\n`);
      },
      onProgress: (kernel, now) => progress.show(kernel, now),
    });
    progress.clear();
    if (!runs.ok) return runs;
    const reports: RunReport[] = [];
    for (const { id } of runs.value) {
      const report = await bench.value.report(id);
      if (!report.ok) return report;
      reports.push(report.value);
    }
    return ok({ reports, interrupted: interrupt.signal.aborted });
  } finally {
    interrupt.release();
    bench.value.close();
  }
}

function spreadLines({ sample, step, containers }: SampleSpread): readonly string[] {
  const lines = Object.entries(containers).flatMap(([path, counters]) =>
    Object.entries(counters).map(([name, { min, median, max }]) => {
      const text = counterText(name);
      return `    ${`${path} ${name}`.padEnd(40)} ${text(min).padStart(9)} ${text(median).padStart(9)} ${text(max).padStart(9)}`;
    }),
  );
  return [`  ${sample} (step ${step})`, `    ${''.padEnd(40)} ${'min'.padStart(9)} ${'median'.padStart(9)} ${'max'.padStart(9)}`, ...lines];
}

const spreadText = ({ model, boot_count, samples }: KernelSpread): string =>
  [`${model}: ${plainFigures(plural(boot_count, 'boot'))}`, ...samples.flatMap(spreadLines)].join('\n');

/** The first complete run of each kernel and account. */
function firstOfEach(reports: readonly RunReport[]): readonly RunReport[] {
  const complete = reports.filter(({ status }) => status === 'complete');
  return complete.filter(({ model }, index) => complete.findIndex((other) => other.model === model) === index);
}

/** `memledger kernel run FILE`: runs a scenario on real kernels in QEMU and shows its samples, their spread over boots, and how kernels differ. */
export async function kernelRunCommand(file: string, options: KernelRunOptions): Promise<number> {
  const { json = false } = options;
  const scenario = readScenarioFile(file);
  if (!scenario.ok) return tellErrors(scenario.errors, json);
  const runs = await runScenario(scenario.value, requestOf(options), options);
  // What is wrong with a kernel or this computer is not at a place of the scenario.
  if (!runs.ok)
    return tellErrors(
      runs.errors.flatMap((error) => (error.place === undefined ? [error] : placedIn(file, [error]))),
      json,
    );
  const { reports, interrupted } = runs.value;
  const spread = spreadOfRuns(reports);
  const compared = firstOfEach(reports);
  if (json) await printJson({ scenario: scenario.value.name, file, runs: reports, spread });
  else {
    const comparison =
      compared.length < 2
        ? []
        : [
            compareText(
              compareRuns(compared),
              compared.map(({ model }) => model),
            ),
          ];
    await print([wrapped(scenario.value.name, TEXT_COLUMNS), ...reports.map(runText), ...spread.map(spreadText), ...comparison].join('\n\n'));
  }
  const errors = reports.flatMap(({ error }) => (error === null ? [] : [error]));
  if (errors.length > 0) return tellErrors(errors, false);
  return interrupted ? EXIT.interrupted : EXIT.ok;
}

/** `memledger kernel list`: kernels that are there without a download, and how to name others. */
export async function kernelListCommand({ json = false }: { readonly json?: boolean }): Promise<number> {
  const kernels = cachedKernels();
  if (json) await printJson({ kernels });
  else {
    const none = 'No kernel has been fetched yet.';
    const how = `Any kernel package of Debian can be named (${DEFAULT_KERNEL}, ${OTHER_KERNELS.join(', ')}, linux-image-6.1.0-56-cloud-amd64 …), a directory with an image and modules, or BZIMAGE,MODULES-DIRECTORY.`;
    await print([...(kernels.length === 0 ? [none] : kernels), '', wrapped(how, TEXT_COLUMNS)].join('\n'));
  }
  return EXIT.ok;
}
