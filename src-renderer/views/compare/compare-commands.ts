import type { Command } from '../../commands.ts';
import { fitAll, pan, zoomAround } from '../run/zoom.ts';
import type { CompareSession } from './compare-session.ts';

/** What the comparison can do besides moving. */
export interface CompareActions {
  search(): void;
  toggleDifferencesOnly(): void;
  toggleScale(): void;
  toggleFacet(): void;
  toggleDifferences(): void;
  togglePages(): void;
  nextBaseline(): void;
  comparisons(): void;
  /** Opens a run alone, at this step: of the n-th column, or the baseline. */
  open(column: number | 'baseline'): void;
  goToSample(delta: 1 | -1): void;
}

const ZOOM_IN = 0.6;
const PAN_SHARE = 0.2;
/** The runs by their columns, as many as can be compared. */
const COLUMNS = ['first', 'second', 'third', 'fourth'] as const;

/** Every command of the comparison, with its keys. */
export function compareCommands(session: CompareSession, actions: CompareActions): readonly Command[] {
  const when = (): boolean => session.runs.value.length > 0;
  const command = (group: string, id: string, title: string, keys: readonly string[], run: Command['run']): Command => ({
    id: `compare.${id}`,
    title,
    group,
    keys,
    when,
    run,
  });
  const count = (): number => session.step_count.value;
  const anchor = (): number => session.step.value + 1;
  return [
    command('Move in the comparison', 'step-next', 'Step', ['t', '.'], () => session.goTo(session.step.value + 1)),
    command('Move in the comparison', 'step-previous', 'Step back', ['T', ','], () => session.goTo(session.step.value - 1)),
    command('Move in the comparison', 'sample-next', 'Next sample', [']'], () => actions.goToSample(1)),
    command('Move in the comparison', 'sample-previous', 'Previous sample', ['['], () => actions.goToSample(-1)),
    command('Move in the comparison', 'divergence-first', 'First difference', ['g'], () => void session.findDivergence('start')),
    command('Move in the comparison', 'change-next', 'Next change of the differences: one begins, ends, or turns', ['n'], () =>
      session.findDivergence('next', 'change'),
    ),
    command('Move in the comparison', 'change-previous', 'Previous change of the differences', ['N'], () => session.findDivergence('previous', 'change')),
    command('Move in the comparison', 'divergence-next', 'Next step with any difference', ['Shift+.'], () => session.findDivergence('next')),
    command('Move in the comparison', 'divergence-previous', 'Previous step with any difference', ['Shift+,'], () => session.findDivergence('previous')),
    command('Move in the comparison', 'search-stop', 'Stop looking for a difference', [], () => session.cancelSearch()),
    command('Move in the comparison', 'first', 'First step', ['Home'], () => session.goTo(0)),
    command('Move in the comparison', 'last', 'Last step', ['End'], () => session.goTo(count() - 1)),
    command('Zoom', 'zoom-in', 'Zoom in', ['w'], () => session.setZoom(zoomAround(session.zoom.value, anchor(), ZOOM_IN, count()))),
    command('Zoom', 'zoom-out', 'Zoom out', ['s'], () => session.setZoom(zoomAround(session.zoom.value, anchor(), 1 / ZOOM_IN, count()))),
    command('Zoom', 'pan-left', 'Pan towards the start', ['a'], () => session.setZoom(pan(session.zoom.value, -PAN_SHARE, count()))),
    command('Zoom', 'pan-right', 'Pan towards the end', ['d'], () => session.setZoom(pan(session.zoom.value, PAN_SHARE, count()))),
    command('Zoom', 'fit', 'Fit all steps', ['f'], () => session.setZoom(fitAll(count()))),
    command('Compare', 'search', 'Filter containers and counters', ['/'], () => actions.search()),
    command('Compare', 'differences-only', 'Show only counters that differ', ['x'], () => actions.toggleDifferencesOnly()),
    command('Compare', 'baseline', 'Make the next run the baseline', ['b'], () => actions.nextBaseline()),
    command('Compare', 'saved', 'Save this comparison, or open a saved one', ['B'], () => actions.comparisons()),
    command('Compare', 'scale', 'One y scale for all charts, or each its own', ['y'], () => actions.toggleScale()),
    command('Compare', 'facet', 'A chart per run, or per container', ['v'], () => actions.toggleFacet()),
    command('Compare', 'difference-chart', 'Charts of values, or of differences to the baseline', ['e'], () => actions.toggleDifferences()),
    command('Open a run of the comparison', 'open', 'Open the baseline at this step', ['o'], () => actions.open('baseline')),
    ...COLUMNS.map((title, column) => ({
      ...command('Open a run of the comparison', `open-${column + 1}`, `Open the ${title} run at this step`, [`${column + 1}`], () => actions.open(column)),
      when: () => column < session.runs.value.length,
    })),
    command('Compare', 'pages', 'Page maps in place of the charts, or the charts', ['m'], () => actions.togglePages()),
  ];
}
