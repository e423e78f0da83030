import { describe, expect, test } from 'vitest';
import { type MemoryRun, recordInMemory } from '../record/memory-run.ts';
import { createPlayer } from '../record/player.ts';
import type { RunMeta, RunNames } from '../record/run.ts';
import { createRunWords } from '../record/run-words.ts';
import { plainCompressor } from '../record/test-compressor.ts';
import { compileScenario } from '../scenario/compile.ts';
import { parseScenario } from '../scenario/parse.ts';
import { simulate } from '../simulate.ts';
import { type PerfettoRun, perfettoTrace } from './perfetto.ts';
import { ProtoWriter } from './protobuf.ts';
import { type PerfettoTrack, readPerfettoTrace, schemaProblem } from './test-perfetto-reader.ts';

const SCENARIO = `memledger: 1
name: Twice through a file
containers: { pods/a: { max: 1MiB } }
objects: { stream: { file: 2MiB } }
tasks: { t: { in: pods/a } }
steps:
  - { read: stream, by: t }
  - { read: stream, by: t }
  - { alloc: heap, by: t, size: 2MiB }
  - { touch: heap, by: t }
`;

/** The scenario, recorded under a model. */
function recorded(model: string, text = SCENARIO): PerfettoRun {
  const parsed = parseScenario(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  const program = compileScenario(parsed.value, { readTrace: () => ({ ok: false, errors: [] }) });
  if (!program.ok) throw new Error(JSON.stringify(program.errors));
  let run: MemoryRun | undefined;
  const outcome = simulate(program.value, model, {
    begin: (meta: RunMeta, names: RunNames) => {
      run = recordInMemory(meta, names, plainCompressor);
    },
    seal: (columns, count) => run?.sink.seal(columns, count) ?? columns,
    sample: (sample) => run?.sink.sample(sample),
  });
  if (!outcome.ok || run === undefined) throw new Error('the scenario did not run');
  const player = createPlayer(run.reader, plainCompressor);
  if (!player.ok) throw new Error(JSON.stringify(player.errors));
  const { reader } = run;
  const last = player.value.seek({ event: player.value.event_count });
  return { title: model, reader, words: createRunWords(reader.meta, reader.names, last), stepText: (line) => text.split('\n')[line - 1]?.trim() ?? '' };
}

/** The trace of some runs, its tracks, and its events with the track that each is on. */
function read(runs: readonly PerfettoRun[]) {
  const bytes = Buffer.concat([...perfettoTrace(runs, plainCompressor)]);
  const { packet: packets = [] } = readPerfettoTrace(bytes);
  const tracks = new Map<number | undefined, PerfettoTrack>();
  const events = packets.flatMap(({ timestamp: time_ns = -1, track_descriptor, track_event: event, trusted_packet_sequence_id: sequence }) => {
    if (track_descriptor !== undefined) tracks.set(track_descriptor.uuid, track_descriptor);
    if (event === undefined) return [];
    const { flow_ids: flows = [], terminating_flow_ids: ends = [] } = event;
    return [{ ...event, time_ns, sequence, flows, ends, track: tracks.get(event.track_uuid) }];
  });
  return { bytes, packets, tracks: [...tracks.values()], events };
}

describe('a Perfetto trace', () => {
  const { bytes, packets, tracks, events } = read([recorded('static'), recorded('rss')]);
  const group = tracks.find((track) => track.name === 'static');
  const ranksBelow = (parent: PerfettoTrack | undefined): Readonly<Record<string, number | undefined>> =>
    Object.fromEntries(tracks.filter((track) => track.parent_uuid === parent?.uuid).map(({ name, sibling_order_rank }) => [name, sibling_order_rank]));

  test('is as Perfetto’s schema has it, field by field', () => {
    expect(schemaProblem(bytes)).toBeUndefined();
  });

  test('which tells what is not', () => {
    const problem = (fields: ProtoWriter): string | undefined => schemaProblem(new ProtoWriter().message(1, new ProtoWriter().message(11, fields)).bytes());
    expect(problem(new ProtoWriter().uint(9, 4))).toBeUndefined();
    expect(problem(new ProtoWriter().uint(9, 5))).toBe('2 bytes are nothing that the schema has');
    expect(problem(new ProtoWriter().string(23, 'a').string(23, 'b'))).toBe('4 bytes are nothing that the schema has');
    expect(problem(new ProtoWriter().uint(2, 1))).toBe('2 bytes are nothing that the schema has');
    expect(problem(new ProtoWriter().uint(47, 1))).toBeDefined();
  });

  test('has a group of tracks for each run, each described under an id of its own before it is used', () => {
    expect(tracks.filter((track) => track.parent_uuid === undefined).map((track) => track.name)).toEqual(['static', 'rss']);
    const descriptors = packets.flatMap((packet) => packet.track_descriptor ?? []);
    expect(tracks.length).toBe(descriptors.length);
    for (const { uuid, parent_uuid } of tracks) {
      expect(uuid).toBeGreaterThan(0);
      expect(parent_uuid === undefined || tracks.some((track) => track.uuid === parent_uuid)).toBe(true);
    }
    expect(events.every((event) => event.track !== undefined)).toBe(true);
  });

  test('orders tracks: steps first, then containers as they were made, in each what befell it above its counters', () => {
    expect(group?.child_ordering).toBe('EXPLICIT');
    expect(ranksBelow(group)).toMatchObject({ steps: 0, '.': 1, pods: 2, 'pods/a': 3 });
    const below = ranksBelow(tracks.find((track) => track.name === 'pods/a' && track.parent_uuid === group?.uuid));
    expect(below).toMatchObject({ events: 0, reclaim: 1, current: 2 });
    expect(new Set(Object.values(below)).size).toBe(Object.keys(below).length);
  });

  test('writes the packets of a run in the order of time, as one sequence that begins anew', () => {
    for (const sequence of [1, 2]) {
      const own = packets.filter((packet) => packet.trusted_packet_sequence_id === sequence);
      expect(own.map((packet) => packet.sequence_flags ?? 0)).toEqual(own.map((_, at) => (at === 0 ? 1 : 0)));
      const times = own.flatMap((packet) => (packet.track_event === undefined ? [] : [packet.timestamp ?? -1]));
      expect(times.length).toBeGreaterThan(0);
      expect(times).toEqual([...times].sort((a, b) => a - b));
    }
    expect(packets.every(({ trusted_packet_sequence_id: sequence }) => sequence === 1 || sequence === 2)).toBe(true);
  });

  test('tells counters in bytes and counts, at their last value what the run ends with, and nothing else on their tracks', () => {
    const container = tracks.find((track) => track.name === 'pods/a');
    const last = (name: string) =>
      events.findLast((event) => event.type === 'TYPE_COUNTER' && event.track?.parent_uuid === container?.uuid && event.track?.name === name);
    expect(last('pgscan')?.track?.counter?.unit).toBe('UNIT_COUNT');
    expect(last('current')?.track?.counter?.unit).toBe('UNIT_SIZE_BYTES');
    // The task was killed at the end: what is left is page cache.
    expect(last('oom_kill')?.counter_value).toBe(1);
    expect(last('anon')?.counter_value).toBe(0);
    const is_counter = events.map(({ type }) => type === 'TYPE_COUNTER');
    expect(events.map(({ track }) => track?.counter !== undefined)).toEqual(is_counter);
    expect(events.map(({ counter_value }) => counter_value !== undefined)).toEqual(is_counter);
  });

  test('closes every slice in the order of time, on its own track', () => {
    for (const track of tracks) {
      let depth = 0;
      let least = 0;
      for (const { type } of events.filter((event) => event.track === track)) {
        depth += type === 'TYPE_SLICE_BEGIN' ? 1 : type === 'TYPE_SLICE_END' ? -1 : 0;
        least = Math.min(least, depth);
      }
      expect({ track: track.name, depth, least }).toEqual({ track: track.name, depth: 0, least: 0 });
    }
    expect(events.filter((event) => event.track?.name === 'steps').map((event) => event.name)).toContain('- { touch: heap, by: t }');
  });

  test('has an event end a flow or pass it on, not both, and ends only flows that have begun', () => {
    const begun = new Set<number>();
    const wrong = events.flatMap(({ flows, ends }) => {
      const loose = ends.filter((flow) => flows.includes(flow) || !begun.has(flow));
      for (const flow of flows) begun.add(flow);
      return loose;
    });
    expect(wrong).toEqual([]);
    expect(begun.size).toBeGreaterThan(0);
  });

  test('lets flows lead from a limit to the pass that it set off, and from the pass to the refault that is charged for it', () => {
    const passes = events.filter((event) => event.name === 'reclaim');
    const limits = events.filter((event) => event.name === 'events.max +1');
    expect(passes.some((pass) => limits.some((limit) => limit.flows[0] === pass.ends[0] && limit.time_ns <= pass.time_ns))).toBe(true);
    const refaults = events.filter((event) => event.name === 'refault');
    expect(refaults.length).toBeGreaterThan(0);
    for (const refault of refaults) expect(passes.some((pass) => pass.flows[0] === refault.flows[0] && pass.time_ns <= refault.time_ns)).toBe(true);
  });

  test('lets a flow lead from a pass under a limit to the charge that waited for it, once', () => {
    const passes = events.filter((event) => event.name === 'reclaim');
    const charges = events.filter((event) => event.name === 'charge after reclaim');
    expect(charges.length).toBeGreaterThan(0);
    const ended = charges.flatMap(({ ends }) => ends);
    expect(new Set(ended).size).toBe(ended.length);
    for (const { ends, time_ns } of charges)
      for (const end of ends) expect(passes.some((pass) => pass.flows.includes(end) && pass.time_ns <= time_ns)).toBe(true);
  });
});

test('gives a container that is made anew a track of its own', () => {
  const { tracks } = read([
    recorded(
      'static',
      `memledger: 1
name: Made anew
containers: { a: {} }
objects: { file: { file: 1MiB } }
tasks: { t: { in: a } }
steps:
  - { read: file, by: t }
  - { exit: t }
  - { remove: a }
  - { create: a }
  - { start: t2, in: a }
  - { drop-caches: all }
  - { read: file, by: t2 }
`,
    ),
  ]);
  expect(tracks.map(({ name }) => name)).toEqual(expect.arrayContaining(['a', 'a (2)']));
});
