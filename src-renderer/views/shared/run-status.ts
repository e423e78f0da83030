import type { RunRow, RunStatus } from '../../../src-main/lab/contract.ts';
import type { IconName } from '../../components/UiIcon.vue';
import { plural } from '../../format.ts';

type Ended = Pick<RunRow, 'status' | 'failed_expectation_count'>;

const ICONS: Readonly<Record<RunStatus, IconName>> = {
  recording: 'play',
  complete: 'check',
  interrupted: 'warning',
  failed: 'error',
  cancelled: 'stop',
};

/** Whether a run failed, or one of its scenario's expectations did. */
export const hasFailed = ({ status, failed_expectation_count }: Ended): boolean => status === 'failed' || failed_expectation_count > 0;
export const statusIcon = (run: Ended): IconName => (hasFailed(run) ? 'error' : ICONS[run.status]);

/** How a run ended: a complete one of which expectations failed says so first, where there is little room by the name of their verb. */
export function statusWords({ status, failed_expectation_count }: Ended, is_brief = false): string {
  if (failed_expectation_count === 0) return status;
  return `${plural(failed_expectation_count, is_brief ? 'expect' : 'expectation')} failed`;
}
