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
import { schemaProblems } from './test-perfetto-schema.ts';

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
function recorded(model: string): PerfettoRun {
  const parsed = parseScenario(SCENARIO);
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
  return { title: model, reader, words: createRunWords(reader.meta, reader.names, last), stepText: (line) => SCENARIO.split('\n')[line - 1]?.trim() ?? '' };
}

/** A message of Protocol Buffers as it lies in the bytes: values by field number, in order. Varints and fixed64 as bigint, the rest as bytes. */
type Message = ReadonlyMap<number, readonly (bigint | Uint8Array)[]>;

function decode(bytes: Uint8Array): Message {
  const fields = new Map<number, (bigint | Uint8Array)[]>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined || shift > 63n) throw new Error('a varint that does not end');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const values = fields.get(tag >> 3) ?? [];
    fields.set(tag >> 3, values);
    if ((tag & 7) === 0) values.push(varint());
    else if ((tag & 7) === 1) {
      values.push(new DataView(bytes.buffer, bytes.byteOffset + at, 8).getBigUint64(0, true));
      at += 8;
    } else if ((tag & 7) === 2) {
      const length = Number(varint());
      if (at + length > bytes.length) throw new Error('a field longer than its message');
      values.push(bytes.subarray(at, at + length));
      at += length;
    } else throw new Error(`wire type ${tag & 7}`);
  }
  return fields;
}

const bytesOf = (value: bigint | Uint8Array | undefined): Uint8Array => (value instanceof Uint8Array ? value : new Uint8Array());
const text = (message: Message, field: number): string => new TextDecoder().decode(bytesOf(message.get(field)?.[0]));
const number = (message: Message, field: number): number | undefined => {
  const value = message.get(field)?.[0];
  return typeof value === 'bigint' ? Number(BigInt.asIntN(64, value)) : undefined;
};
const inner = (message: Message, field: number): Message => decode(bytesOf(message.get(field)?.[0]));

interface Track {
  readonly uuid: number | undefined;
  readonly parent: number | undefined;
  readonly name: string;
  readonly process: string;
  readonly unit: number | undefined;
}

/** Tracks and events of a trace, by the field numbers of Perfetto's protos. */
function read(runs: readonly PerfettoRun[]) {
  const pieces = [...perfettoTrace(runs, plainCompressor)];
  const whole = Uint8Array.from(pieces.flatMap((piece) => [...piece]));
  const packets = (decode(whole).get(1) ?? []).map((packet) => decode(bytesOf(packet)));
  const tracks = packets
    .filter((packet) => packet.has(60))
    .map((packet): Track => {
      const descriptor = inner(packet, 60);
      return {
        uuid: number(descriptor, 1),
        parent: number(descriptor, 5),
        name: text(descriptor, 2),
        process: descriptor.has(3) ? text(inner(descriptor, 3), 6) : '',
        unit: descriptor.has(8) ? number(inner(descriptor, 8), 3) : undefined,
      };
    });
  const events = packets
    .filter((packet) => packet.has(11))
    .map((packet) => {
      const event = inner(packet, 11);
      return {
        time_ns: number(packet, 8) ?? -1,
        type: number(event, 9),
        track: tracks.find((track) => track.uuid === number(event, 11)),
        name: text(event, 23),
        value: number(event, 30),
        flows: event.get(47) ?? [],
        ends: event.get(48) ?? [],
      };
    });
  return { whole, packets, tracks, events };
}

describe('a Perfetto trace', () => {
  const { whole, packets, tracks, events } = read([recorded('static'), recorded('rss')]);

  test('is as Perfetto’s schema has it, field by field', () => {
    expect(schemaProblems(whole)).toEqual([]);
  });

  test('which tells what is not', () => {
    const event = (fields: ProtoWriter): Uint8Array => new ProtoWriter().message(1, new ProtoWriter().message(11, fields)).bytes();
    expect(schemaProblems(event(new ProtoWriter().uint(9, 5)))).toEqual(['Trace.packet.track_event.type: 5 does not fit']);
    expect(schemaProblems(event(new ProtoWriter().uint(47, 1)))).toEqual(['Trace.packet.track_event.flow_ids: wire type 0, not 1']);
    expect(schemaProblems(event(new ProtoWriter().string(23, 'a').string(23, 'b')))).toEqual([
      'Trace.packet.track_event.name: twice',
      'Trace.packet.track_event.name: twice',
    ]);
    expect(schemaProblems(event(new ProtoWriter().uint(2, 1)))).toEqual(['Trace.packet.track_event: no field 2']);
  });

  test('has a process for each run and below it tracks that are described before they are used, under ids of their own', () => {
    expect(tracks.filter((track) => track.process !== '').map((track) => track.process)).toEqual(['static', 'rss']);
    expect(new Set(tracks.map((track) => track.uuid)).size).toBe(tracks.length);
    for (const { parent, process } of tracks) expect(process !== '' || tracks.some((track) => track.uuid === parent)).toBe(true);
    expect(events.every((event) => event.track !== undefined)).toBe(true);
    expect(packets.every((packet) => number(packet, 10) === 1)).toBe(true);
  });

  test('tells counters in bytes and counts, at their last value what the run ends with', () => {
    const container = tracks.find((track) => track.name === 'pods/a');
    const last = (name: string) => events.findLast((event) => event.type === 4 && event.track?.parent === container?.uuid && event.track?.name === name);
    expect(last('pgscan')?.track?.unit).toBe(2);
    expect(last('current')?.track?.unit).toBe(3);
    // The task was killed at the end: what is left is page cache.
    expect(last('oom_kill')?.value).toBe(1);
    expect(last('anon')?.value).toBe(0);
  });

  test('closes every slice in the order of time, on its own track', () => {
    for (const track of tracks) {
      const own = events.filter((event) => event.track === track && event.type !== 4);
      let depth = 0;
      let time_ns = 0;
      for (const event of own) {
        expect(event.time_ns).toBeGreaterThanOrEqual(time_ns);
        time_ns = event.time_ns;
        depth += event.type === 1 ? 1 : event.type === 2 ? -1 : 0;
        expect(depth).toBeGreaterThanOrEqual(0);
      }
      expect(depth).toBe(0);
    }
    expect(events.filter((event) => event.track?.name === 'steps' && event.type === 1).map((event) => event.name)).toContain('- { touch: heap, by: t }');
  });

  test('lets flows lead from a limit to the pass that it set off, and from the pass to the refault that is charged for it', () => {
    const passes = events.filter((event) => event.name === 'reclaim');
    const limits = events.filter((event) => event.name === 'memory.events max +1');
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
