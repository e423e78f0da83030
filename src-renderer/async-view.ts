import { type Component, defineAsyncComponent } from 'vue';
import { later } from './later.ts';
import MissingView from './shell/MissingView.vue';

type Load<T = unknown> = () => Promise<T>;

/** What every editor of text needs, in two parts. */
export const EDITORS: readonly Load[] = [() => import('./editor/codemirror.ts'), () => import('./editor/theme.ts')];

/**
 * A view, or a part of one, that is loaded when it is first shown, after the libraries that it needs. Each is taken up in a task of its own, then the view is made.
 * Where its code is not to be had, as after the lab was built anew under an open window, its place says so.
 */
export function asyncView<T extends Component>(load: Load<{ readonly default: T }>, libraries: readonly Load[] = []): T {
  return defineAsyncComponent({
    loader: async () => {
      for (const library of libraries) await library();
      const loaded = await load();
      await new Promise<void>((resolve) => {
        later(resolve);
      });
      return loaded.default;
    },
    errorComponent: MissingView,
  });
}
