import { computed, type InjectionKey, inject, onScopeDispose, provide, type Ref, ref, type ShallowRef, shallowRef } from 'vue';
import type { LabError } from '../../../src-engine/base/result.ts';
import type { ObjectView } from '../../../src-engine/record/run.ts';
import type { Answer } from '../../../src-main/lab/contract.ts';
import type { Lab } from '../../lab.ts';
import type { RunSession } from './run-session.ts';

/** What can be explained: a page of an object (its index within it), or a counter of a container (its place in COUNTERS). */
export type WhyAbout = { readonly object: number; readonly page: number } | { readonly container: number; readonly counter: number };

/** Shows why a page is charged to whom it is, or what a counter is made of, at the cursor. */
export type ShowWhy = (about: WhyAbout) => void;

/** What the panel of explanations holds. */
export interface Why {
  /** As it was asked for: `lib[812]`, `A current`. */
  readonly text: Ref<string>;
  readonly busy: Readonly<Ref<boolean>>;
  readonly answer: Readonly<ShallowRef<Answer<'why'> | undefined>>;
  readonly error: Readonly<ShallowRef<LabError | undefined>>;
  /** After a page: the counters of who pays for it that hold it, as they are asked for: `A current`, `A file`. */
  readonly related: Readonly<Ref<readonly string[]>>;
  /** Event that the answer is of. */
  readonly event_index: Readonly<Ref<number>>;
  /** Asks for `text` at the cursor. One that is under way is ended. */
  ask(): Promise<void>;
  cancel(): void;
}

/** Counters, besides `current`, that pages of an object are charged to. */
const COUNTERS_OF_KIND: Readonly<Record<ObjectView['kind'], readonly string[]>> = {
  file: ['file'],
  // The kernel has shmem in `file`, too.
  tmpfs: ['file', 'shmem'],
  anon: ['anon'],
  hugetlb: [],
  'dma-buf': [],
};

const showWhyKey: InjectionKey<ShowWhy> = Symbol('showWhy');

/** Gives the panels of a run the way to ask for a reason. */
export function provideShowWhy(show: ShowWhy): void {
  provide(showWhyKey, show);
}

/** The way to ask for a reason, in a panel of a run; undefined outside of one (in Compare). */
export const useShowWhy = (): ShowWhy | undefined => inject(showWhyKey, undefined);

/** Explanations of one run. */
export function useWhy(lab: Lab, session: RunSession): Why {
  const text = ref('');
  const busy = ref(false);
  const answer = shallowRef<Answer<'why'>>();
  const error = shallowRef<LabError>();
  const event_index = ref(0);
  let asked_count = 0;
  /** Objects there now that a page `lib[812]` may be of. */
  const objectsOf = (page: string): readonly ObjectView[] => session.state.value?.objects.filter(({ name }) => page.startsWith(`${name}[`)) ?? [];
  const searchName = (): string => `why ${session.run_id} ${asked_count}`;

  function cancel(): void {
    if (busy.value) void lab.call('cancelSearch', { search: searchName() });
    busy.value = false;
    asked_count += 1;
  }
  onScopeDispose(cancel);
  return {
    text,
    busy,
    answer,
    error,
    event_index,
    related: computed(() => {
      const page = answer.value?.page;
      if (page === undefined || page === null) return [];
      const [object] = objectsOf(page.page);
      const counters = ['current', ...(object === undefined ? [] : COUNTERS_OF_KIND[object.kind])];
      return page.owners.flatMap(({ container }) => {
        const path = session.state.value?.containers.find(({ id }) => id === container)?.path;
        return path === undefined ? [] : counters.map((counter) => `${path} ${counter}`);
      });
    }),
    cancel,
    async ask() {
      const about = text.value.trim();
      if (about === '') return;
      cancel();
      const own = asked_count;
      busy.value = true;
      const at_event = session.cursor.value;
      const result = await lab.call('why', { run_id: session.run_id, about, event_index: at_event, search: searchName() });
      if (own !== asked_count) return;
      busy.value = false;
      event_index.value = at_event;
      answer.value = result.ok ? result.value : undefined;
      const page = answer.value?.page;
      // A page that was asked for by its object's number is told by its name, where no other object has that.
      if (page !== undefined && page !== null && text.value.trim() === about && objectsOf(page.page).length === 1) text.value = page.page;
      error.value = result.ok ? undefined : result.errors[0];
    },
  };
}
