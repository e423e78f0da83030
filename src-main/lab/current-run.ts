import { ENGINE_VERSION } from '../../src-engine/machine/interpreter.ts';
import type { RunRow } from './contract.ts';

/** Whether a run is whole and made by the rules of this version: tables made from runs may be made from it. */
export const isCurrentRun = (run: RunRow): boolean => run.status === 'complete' && run.engine_version === ENGINE_VERSION;
