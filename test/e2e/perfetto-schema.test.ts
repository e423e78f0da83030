import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PerfettoTrace, readPerfettoTrace } from '../../src-engine/formats/test-perfetto-reader.ts';
import { launchBrowser } from './served-lab.ts';

/**
 * The schema by which the tests read our traces was written for them. Chromium holds Perfetto itself, and writes traces with it: what the schema finds in one must be what
 * Chromium says of itself.
 */
describe('the schema of a Perfetto trace, held against a trace by Perfetto', () => {
  let trace: PerfettoTrace;
  let process_ids: readonly number[];
  let browser: Awaited<ReturnType<typeof launchBrowser>>;

  beforeAll(async () => {
    browser = await launchBrowser();
    const page = await browser.newPage();
    const session = await browser.newBrowserCDPSession();
    const processIds = async (): Promise<readonly number[]> => (await session.send('SystemInfo.getProcessInfo')).processInfo.map(({ id }) => id);
    const before = await processIds();
    await session.send('Tracing.start', {
      transferMode: 'ReturnAsStream',
      streamFormat: 'proto',
      traceConfig: { includedCategories: ['*', 'disabled-by-default-memory-infra'] },
    });
    await page.setContent('<p>Something to draw</p>');
    // Nobody listens there: it is asked for so that the process for the network does something.
    await expect(page.goto('http://127.0.0.1:9/')).rejects.toThrow();
    process_ids = [...before, ...(await processIds())];
    const complete = new Promise<string>((resolve) => session.once('Tracing.tracingComplete', ({ stream = '' }) => resolve(stream)));
    await session.send('Tracing.end');
    const handle = await complete;
    const chunks: Buffer[] = [];
    for (let ended = false; !ended; ) {
      const { data, eof, base64Encoded = false } = await session.send('IO.read', { handle });
      chunks.push(Buffer.from(data, base64Encoded ? 'base64' : 'utf8'));
      ended = eof;
    }
    trace = readPerfettoTrace(Buffer.concat(chunks));
  });
  afterAll(() => browser?.close());

  const tracks = () => (trace.packet ?? []).flatMap(({ track_descriptor }) => track_descriptor ?? []);
  const events = () => (trace.packet ?? []).flatMap(({ track_event }) => track_event ?? []);

  it('finds the processes that run, and their main threads by name', () => {
    const traced = new Set(tracks().flatMap(({ process }) => process?.pid ?? []));
    expect(traced.size).toBeGreaterThan(1);
    // Others may come and go meanwhile.
    expect([...traced].filter((pid) => process_ids.includes(pid)).length).toBeGreaterThan(1);
    const mains = tracks().flatMap(({ thread }) => (thread?.pid !== undefined && thread.pid === thread.tid ? (thread.thread_name ?? '') : []));
    expect(mains).toContain('CrBrowserMain');
    const names = new Set(tracks().flatMap(({ process }) => process?.process_name ?? []));
    expect(names).toContain('Browser');
    expect(names).toContain('Renderer');
  });

  it('finds slices that begin and end, instants, counters on the tracks that are described as such, and flows over several events', () => {
    // Types that come from a sequence's defaults are not in the event.
    const types = new Set(events().flatMap(({ type }) => type ?? []));
    expect(types).toEqual(new Set(['TYPE_SLICE_BEGIN', 'TYPE_SLICE_END', 'TYPE_INSTANT', 'TYPE_COUNTER']));
    const described = new Set(tracks().flatMap(({ uuid, counter }) => (counter === undefined ? [] : uuid)));
    const counted = events().filter(({ type, counter_value }) => type === 'TYPE_COUNTER' && counter_value !== undefined);
    expect(counted.filter(({ track_uuid }) => described.has(track_uuid)).length).toBeGreaterThan(0);
    const flows = events().flatMap(({ flow_ids = [] }) => flow_ids);
    expect(new Set(flows).size).toBeLessThan(flows.length);
  });

  it('finds a parent and an order of tracks, and that each sequence begins anew with its first packet', () => {
    const known = new Set(tracks().map(({ uuid }) => uuid));
    expect(tracks().some(({ parent_uuid }) => parent_uuid !== undefined && known.has(parent_uuid))).toBe(true);
    expect(tracks().flatMap(({ child_ordering }) => child_ordering ?? [])).toContain('CHRONOLOGICAL');
    const first = new Map<number, number>();
    for (const { trusted_packet_sequence_id: id, sequence_flags = 0, track_event } of trace.packet ?? [])
      if (id !== undefined && track_event === undefined && sequence_flags > 0 && !first.has(id)) first.set(id, sequence_flags);
    expect(first.size).toBeGreaterThan(1);
    expect(new Set([...first.values()].map((flags) => flags & 1))).toEqual(new Set([1]));
  });
});
