import type { Program } from '../../scenario/program.ts';
import type { MeasuredRun } from './measured-run.ts';

/** Scenarios of the battery: names of the files under examples/criteria. */
export const BATTERY = ['classes', 'overhead', 'resize', 'creation', 'sharing', 'overcommit', 'stop-sharing', 'flood'] as const;
export type BatteryScenario = (typeof BATTERY)[number];

/** What a measure may look at: the runs of one model, and the scenarios that they ran. */
export interface Measured {
  readonly runs: Readonly<Record<BatteryScenario, MeasuredRun>>;
  readonly programs: Readonly<Record<BatteryScenario, Program>>;
}
