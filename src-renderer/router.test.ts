import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { formatRoute, goTo, parseRoute, type Route, rememberRoute, startRouter, useRoute } from './router.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('routes', () => {
  test.each<[string, Route]>([
    ['', { view: 'library' }],
    ['#/library', { view: 'library' }],
    ['#/nowhere/7', { view: 'library' }],
    ['#/criteria', { view: 'criteria' }],
    ['#/attacks', { view: 'attacks' }],
    ['#/sql', { view: 'sql', run_ids: [] }],
    ['#/sql?run=3,4,x', { view: 'sql', run_ids: [3, 4] }],
    ['#/docs', { view: 'docs', page: 'first-hour' }],
    ['#/docs/models?at=memcg-v2', { view: 'docs', page: 'models', at: 'memcg-v2' }],
    ['#/docs/..%2f', { view: 'docs', page: 'first-hour' }],
    ['#/scenario/3', { view: 'scenario', scenario_id: 3 }],
    ['#/scenario/new', { view: 'scenario' }],
    ['#/revisions/3?from=4&to=9', { view: 'revisions', scenario_id: 3, from: 4, to: 9 }],
    ['#/revisions/3', { view: 'revisions', scenario_id: 3 }],
    ['#/revisions/', { view: 'library' }],
    ['#/run/7', { view: 'run', run_id: 7 }],
    ['#/run/7?event=120', { view: 'run', run_id: 7, event_index: 120 }],
    ['#/run/7?event=120&beside=8', { view: 'run', run_id: 7, event_index: 120, beside_id: 8 }],
    ['#/run/7?beside=8', { view: 'run', run_id: 7, beside_id: 8 }],
    ['#/run/7?beside=7', { view: 'run', run_id: 7 }],
    ['#/run/-7', { view: 'library' }],
    ['#/run/7?event=1e9', { view: 'run', run_id: 7 }],
    ['#/compare/7,8', { view: 'compare', run_ids: [7, 8] }],
    ['#/compare/7,7,x,8,9,10,11', { view: 'compare', run_ids: [7, 8, 9, 10] }],
    ['#/compare/7,8?step=12', { view: 'compare', run_ids: [7, 8], step_index: 12 }],
    ['#/compare/7,8?step=12&baseline=8', { view: 'compare', run_ids: [7, 8], step_index: 12, baseline_run_id: 8 }],
    ['#/compare/7,8?baseline=7', { view: 'compare', run_ids: [7, 8] }],
    ['#/compare/7,8?baseline=9', { view: 'compare', run_ids: [7, 8] }],
    ['#/compare/', { view: 'library' }],
    ['#/fidelity/7/8', { view: 'fidelity', kernel_run_id: 7, model_run_id: 8 }],
    ['#/fidelity/7', { view: 'library' }],
  ])('%s', (hash, route) => {
    expect(parseRoute(hash)).toEqual(route);
  });

  test('an address leads back to its route', () => {
    const id = fc.nat();
    const route: fc.Arbitrary<Route> = fc.oneof(
      fc.constantFrom<Route>({ view: 'library' }, { view: 'criteria' }, { view: 'attacks' }, { view: 'docs', page: 'models' }),
      fc.record({ view: fc.constant('docs' as const), page: fc.constant('models'), at: fc.string() }),
      fc.record({ view: fc.constant('revisions' as const), scenario_id: id, from: id, to: id }, { requiredKeys: ['view', 'scenario_id'] }),
      fc.record({ view: fc.constant('scenario' as const), scenario_id: id }, { requiredKeys: ['view'] }),
      fc.record({ view: fc.constant('run' as const), run_id: id, event_index: id }, { requiredKeys: ['view', 'run_id'] }),
      fc.record(
        { view: fc.constant('compare' as const), run_ids: fc.uniqueArray(id, { minLength: 1, maxLength: 4 }), step_index: id },
        { requiredKeys: ['view', 'run_ids'] },
      ),
    );
    fc.assert(
      fc.property(route, (wanted) => {
        expect(parseRoute(formatRoute(wanted))).toEqual(wanted);
      }),
    );
  });
});

test('a position that is remembered late does not bring back a view that the user is leaving', () => {
  const location = { hash: '#/run/7' };
  let tellOfChange = (): void => {};
  vi.stubGlobal('window', {
    location,
    history: {
      replaceState(_state: null, _title: string, hash: string) {
        location.hash = hash;
      },
    },
    addEventListener(_type: string, listener: () => void) {
      tellOfChange = listener;
    },
  });
  startRouter();
  rememberRoute({ view: 'run', run_id: 7, event_index: 3 });
  expect(location.hash).toBe('#/run/7?event=3');
  // The event that tells of a new address comes later than the address.
  goTo({ view: 'library' });
  rememberRoute({ view: 'run', run_id: 7, event_index: 4 });
  tellOfChange();
  expect(useRoute().value).toEqual({ view: 'library' });
});
