import { type Ref, type ShallowRef, shallowRef } from 'vue';
import { counterLabel } from '../../../src-engine/record/counter-names.ts';
import { COUNTERS, type CounterSpec } from '../../../src-engine/record/counters.ts';
import type { StateView } from '../../../src-engine/record/run.ts';
import type { Lab } from '../../lab.ts';
import { useCommands } from '../../use-commands.ts';
import { useCopy } from '../../use-copy.ts';
import { debugCommands } from './debug-commands.ts';
import { markersText } from './markers.ts';
import type { RunSession } from './run-session.ts';
import { useWatches, type Watches } from './use-watches.ts';
import { provideShowWhy, useWhy, type Why, type WhyAbout } from './use-why.ts';

/** Panels that take the keys when they are shown. */
interface Focusable {
  focus(): Promise<void>;
}

/** What makes a run's view a debugger: watches, reasons, and a second marker. */
export interface Debugger {
  readonly watches: Watches;
  readonly why: Why;
  readonly marker_b: ShallowRef<StateView | undefined>;
  /** Copies what differs between the markers as plain text. */
  copyMarkers(): void;
  /** Watches a counter of a container. */
  watchCounter(container_path: string, spec: CounterSpec): void;
  watchText(text: string): void;
  /** Explains a counter of a container. */
  explainCounter(container_path: string, spec: CounterSpec): void;
  explainText(text: string): void;
}

const subjectOf = (path: string, spec: CounterSpec): string => `${path} ${counterLabel(spec)}`;

/** Sets the debugger of a run's view up, with its commands. `selected`: path of the selected container. */
export function useDebugger(
  lab: Lab,
  session: RunSession,
  view: {
    readonly tab: Ref<string>;
    readonly watch_panel: Readonly<ShallowRef<Focusable | null>>;
    readonly why_panel: Readonly<ShallowRef<Focusable | null>>;
    readonly selected: () => string | undefined;
    readonly title: () => string;
    /** Counters that the run can have. */
    readonly known: () => readonly CounterSpec[];
  },
): Debugger {
  const watches = useWatches(lab, session);
  const why = useWhy(lab, session);
  const marker_b = shallowRef<StateView>();
  const copyText = useCopy();

  function explainText(text: string): void {
    why.text.value = text;
    view.tab.value = 'why';
    void why.ask();
  }
  function watchText(text: string): void {
    view.tab.value = 'watch';
    void watches.add(text);
  }
  provideShowWhy((about: WhyAbout) => {
    const { state } = session;
    if ('object' in about) explainText(`#${about.object}[${about.page}]`);
    else {
      const spec = view.known().find(({ index }) => index === about.counter) ?? COUNTERS[about.counter];
      explainText(subjectOf(state.value?.containers.find(({ id }) => id === about.container)?.path ?? '.', spec));
    }
  });

  const focusOn = (panel: string, at: Readonly<ShallowRef<Focusable | null>>): void => {
    view.tab.value = panel;
    // The pane is drawn after this.
    requestAnimationFrame(() => void at.value?.focus());
  };
  function copyMarkers(): void {
    const [a, b] = [session.marker.value, marker_b.value ?? session.state.value];
    if (a !== undefined && b !== undefined) void copyText(markersText(view.title(), a, b, view.known()), 'what changed from A to B');
  }
  useCommands(
    debugCommands(
      {
        watch: () => focusOn('watch', view.watch_panel),
        continueTo: (direction) => {
          if (watches.rows.value.length === 0) focusOn('watch', view.watch_panel);
          else void watches.go(direction);
        },
        why() {
          const path = view.selected();
          if (why.text.value === '' && path !== undefined) why.text.value = `${path} ${counterLabel(COUNTERS[0])}`;
          focusOn('why', view.why_panel);
        },
        toggleMarkerB() {
          marker_b.value = marker_b.value === undefined ? session.state.value : undefined;
          if (marker_b.value !== undefined && session.marker.value !== undefined) view.tab.value = 'markers';
        },
        copyMarkers,
      },
      () => session.loaded.value !== undefined,
    ),
  );
  return {
    watches,
    why,
    marker_b,
    copyMarkers,
    watchCounter: (path, spec) => watchText(subjectOf(path, spec)),
    watchText,
    explainCounter: (path, spec) => explainText(subjectOf(path, spec)),
    explainText,
  };
}
