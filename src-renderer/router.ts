import { type Ref, shallowRef } from 'vue';

/** Where the window is. The address after `#` says all of it, so that reload, back and a copied link lead to the same place. */
export type Route =
  | { readonly view: 'library' }
  | { readonly view: 'criteria' }
  | { readonly view: 'attacks' }
  /** A page of the docs, at a heading. */
  | { readonly view: 'docs'; readonly page: string; readonly at?: string }
  /** The SQL console over some runs; over all of them if none are named. */
  | { readonly view: 'sql'; readonly run_ids: readonly number[] }
  /** Without an id: a new scenario. */
  | { readonly view: 'scenario'; readonly scenario_id?: number }
  /** Two revisions of a scenario side by side; without them the newest and the one before. */
  | { readonly view: 'revisions'; readonly scenario_id: number; readonly from?: number; readonly to?: number }
  /** `beside_id`: the run of a comparison that it was come to from. */
  | { readonly view: 'run'; readonly run_id: number; readonly event_index?: number; readonly beside_id?: number }
  /** A run of the simulator beside one of a real kernel. */
  | { readonly view: 'fidelity'; readonly kernel_run_id: number; readonly model_run_id: number }
  /** A file of somebody else's that is open. */
  | { readonly view: 'shared'; readonly shared_id: number }
  /** The first run is the baseline unless another is named. */
  | { readonly view: 'compare'; readonly run_ids: readonly number[]; readonly step_index?: number; readonly baseline_run_id?: number };

/** The page of the docs that is shown where none is named. */
export const DOCS_START = 'first-hour';

/** Runs that can be laid side by side. */
export const COMPARED_MAX = 4;

function wholeNumber(text: string | null | undefined): number | undefined {
  return text !== null && text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** Numbers between commas, each once. */
const numbersOf = (text: string | null | undefined): readonly number[] =>
  [...new Set((text ?? '').split(',').map(wholeNumber))].filter((id) => id !== undefined);

/** Reads `#/run/7?event=120`. Anything that is no address of the lab leads to the library. */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#?\/?/, '').split('?');
  const [view, argument] = path.split('/');
  const parameters = new URLSearchParams(query);
  if (view === 'scenario') {
    const scenario_id = wholeNumber(argument);
    return scenario_id === undefined ? { view } : { view, scenario_id };
  }
  if (view === 'revisions') {
    const scenario_id = wholeNumber(argument);
    const [from, to] = [wholeNumber(parameters.get('from')), wholeNumber(parameters.get('to'))];
    if (scenario_id !== undefined) return { view, scenario_id, ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  }
  if (view === 'run') {
    const run_id = wholeNumber(argument);
    const event_index = wholeNumber(parameters.get('event'));
    const beside_id = wholeNumber(parameters.get('beside'));
    if (run_id !== undefined)
      return { view, run_id, ...(event_index !== undefined && { event_index }), ...(beside_id !== undefined && beside_id !== run_id && { beside_id }) };
  }
  if (view === 'fidelity') {
    const [kernel_run_id, model_run_id] = [argument, path.split('/')[2]].map(wholeNumber);
    if (kernel_run_id !== undefined && model_run_id !== undefined) return { view, kernel_run_id, model_run_id };
  }
  if (view === 'compare') {
    const run_ids = numbersOf(argument).slice(0, COMPARED_MAX);
    const step_index = wholeNumber(parameters.get('step'));
    const baseline = wholeNumber(parameters.get('baseline'));
    const baseline_run_id = baseline === run_ids[0] ? undefined : run_ids.find((id) => id === baseline);
    if (run_ids.length > 0)
      return { view, run_ids, ...(step_index !== undefined && { step_index }), ...(baseline_run_id !== undefined && { baseline_run_id }) };
  }
  if (view === 'shared') {
    const shared_id = wholeNumber(argument);
    if (shared_id !== undefined) return { view, shared_id };
  }
  if (view === 'docs') {
    const at = parameters.get('at');
    return { view, page: /^[\w-]+$/.test(argument ?? '') ? (argument ?? '') : DOCS_START, ...(at !== null && { at }) };
  }
  if (view === 'sql') return { view, run_ids: numbersOf(parameters.get('run')) };
  if (view === 'criteria' || view === 'attacks') return { view };
  return { view: 'library' };
}

/** `?event=120&beside=8` of what is there. */
function query(parameters: Readonly<Record<string, number | undefined>>): string {
  const parts = Object.entries(parameters).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

/** The address of a route, with its `#`. */
export function formatRoute(route: Route): string {
  switch (route.view) {
    case 'library':
    case 'criteria':
    case 'attacks':
      return `#/${route.view}`;
    case 'docs':
      return `#/docs/${route.page}${route.at === undefined ? '' : `?at=${encodeURIComponent(route.at)}`}`;
    case 'shared':
      return `#/shared/${route.shared_id}`;
    case 'sql':
      return `#/sql${route.run_ids.length === 0 ? '' : `?run=${route.run_ids.join(',')}`}`;
    case 'scenario':
      return `#/scenario/${route.scenario_id ?? 'new'}`;
    case 'revisions': {
      const parameters = [route.from === undefined ? '' : `from=${route.from}`, route.to === undefined ? '' : `to=${route.to}`].filter((part) => part !== '');
      return `#/revisions/${route.scenario_id}${parameters.length === 0 ? '' : `?${parameters.join('&')}`}`;
    }
    case 'run':
      return `#/run/${route.run_id}${query({ event: route.event_index, beside: route.beside_id })}`;
    case 'fidelity':
      return `#/fidelity/${route.kernel_run_id}/${route.model_run_id}`;
    case 'compare': {
      const { run_ids, step_index, baseline_run_id } = route;
      const query = new URLSearchParams({
        ...(step_index !== undefined && { step: `${step_index}` }),
        ...(baseline_run_id !== undefined && baseline_run_id !== run_ids[0] && { baseline: `${baseline_run_id}` }),
      });
      return `#/compare/${run_ids.join(',')}${query.size === 0 ? '' : `?${query}`}`;
    }
  }
}

const current = shallowRef<Route>({ view: 'library' });
/** The address as it was last read or written here. While the window's is another, the event that tells of it is still on its way. */
let known_hash = '';

/** The current route; changes with the address. */
export function useRoute(): Readonly<Ref<Route>> {
  return current;
}

/** Goes to a route, as a new entry of the history. */
export function goTo(route: Route): void {
  window.location.hash = formatRoute(route);
}

function writeAddress(route: Route): void {
  known_hash = formatRoute(route);
  window.history.replaceState(null, '', known_hash);
}

/** Goes to a route in place of the present one. */
export function replaceRoute(route: Route): void {
  writeAddress(route);
  current.value = route;
}

/** Writes the route into the address without a new entry and without telling the views: for a position within a view. Nothing if the user is already leaving. */
export function rememberRoute(route: Route): void {
  if (window.location.hash === known_hash) writeAddress(route);
}

/** Follows the address. Called once, at start. */
export function startRouter(): void {
  const follow = (): void => {
    known_hash = window.location.hash;
    current.value = parseRoute(known_hash);
  };
  window.addEventListener('hashchange', follow);
  follow();
}
