import type { Command } from '../../commands.ts';
import type { RunSession } from './run-session.ts';
import type { SeekRequest } from './seek-queue.ts';
import { fitAll, pan, zoomAround } from './zoom.ts';

/** What the run view can do besides moving. */
export interface RunActions {
  play(): void;
  jump(): void;
  search(): void;
  findNext(delta: 1 | -1): void;
  bookmark(): void;
  toggleMarker(): void;
  toggleSource(): void;
  toggleStacked(): void;
  showTab(index: number): void;
}

const ZOOM_IN = 0.6;
const PAN_SHARE = 0.2;
/** Panels with a digit for their key; watches and reasons have letters of their own. */
const DIGIT_COUNT = 9;

/** Every command of the run view, with its keys. `tabs` are the titles of the panels, in their order. */
export function runCommands(session: RunSession, actions: RunActions, tabs: readonly string[]): readonly Command[] {
  const when = (): boolean => session.loaded.value !== undefined;
  const eventCount = (): number => session.loaded.value?.opened.event_count ?? 0;
  const move = (id: string, title: string, keys: readonly string[], request: () => SeekRequest): Command => ({
    id: `run.${id}`,
    title,
    group: 'Move in the run',
    keys,
    when,
    run: () => session.seek(request()),
  });
  const zoom = (id: string, title: string, key: string, run: () => void): Command => ({ id: `run.${id}`, title, group: 'Zoom', keys: [key], when, run });
  const action = (id: string, title: string, key: string, run: () => void): Command => ({ id: `run.${id}`, title, group: 'Run', keys: [key], when, run });
  /** Zooming keeps the cursor in place if it is in sight, else the middle. */
  const anchor = (): number => {
    const { from, to } = session.zoom.value;
    const cursor = session.cursor.value;
    return cursor >= from && cursor <= to ? cursor : (from + to) / 2;
  };
  return [
    move('event-next', 'Next event', ['.'], () => ({ by: 'event', delta: 1 })),
    move('event-previous', 'Previous event', [','], () => ({ by: 'event', delta: -1 })),
    move('notable-next', 'Next notable event', [']'], () => ({ by: 'notable', delta: 1 })),
    move('notable-previous', 'Previous notable event', ['['], () => ({ by: 'notable', delta: -1 })),
    move('step-next', 'Step', ['t'], () => ({ by: 'step', delta: 1 })),
    move('step-previous', 'Step back', ['T'], () => ({ by: 'step', delta: -1 })),
    move('pass-next', 'Next reclaim pass', ['Shift+]'], () => ({ by: 'pass', delta: 1 })),
    move('pass-previous', 'Previous reclaim pass', ['Shift+['], () => ({ by: 'pass', delta: -1 })),
    move('first', 'First event', ['Home'], () => ({ event: 0 })),
    move('last', 'Last event', ['End'], () => ({ event: eventCount() })),
    { id: 'run.play', title: 'Play or pause', group: 'Move in the run', keys: ['Space'], when, run: () => actions.play() },
    { id: 'run.jump', title: 'Jump to an event, step, time or sample', group: 'Move in the run', keys: ['j'], when, run: () => actions.jump() },
    zoom('zoom-in', 'Zoom in', 'w', () => session.setZoom(zoomAround(session.zoom.value, anchor(), ZOOM_IN, eventCount()))),
    zoom('zoom-out', 'Zoom out', 's', () => session.setZoom(zoomAround(session.zoom.value, anchor(), 1 / ZOOM_IN, eventCount()))),
    zoom('pan-left', 'Pan towards the start', 'a', () => session.setZoom(pan(session.zoom.value, -PAN_SHARE, eventCount()))),
    zoom('pan-right', 'Pan towards the end', 'd', () => session.setZoom(pan(session.zoom.value, PAN_SHARE, eventCount()))),
    zoom('fit', 'Fit the whole run', 'f', () => session.setZoom(fitAll(eventCount()))),
    action('search', 'Find an event', '/', () => actions.search()),
    action('find-next', 'Next match', 'n', () => actions.findNext(1)),
    action('find-previous', 'Previous match', 'N', () => actions.findNext(-1)),
    action('bookmark', 'Bookmark this event', 'b', () => actions.bookmark()),
    action('marker', 'Set or take away marker A, from which changes are counted', 'm', () => actions.toggleMarker()),
    action('source', 'Show or hide the text of the scenario or trace', 'l', () => actions.toggleSource()),
    action('stacked', 'Charts as lines or stacked', 'v', () => actions.toggleStacked()),
    ...tabs
      .slice(0, DIGIT_COUNT)
      .map((title, index) => action(`tab-${index + 1}`, `Show ${title.toLowerCase()}`, `${index + 1}`, () => actions.showTab(index))),
  ];
}
