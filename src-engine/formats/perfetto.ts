import { NO_CONTAINER } from '../base/ids.ts';
import { COUNTER_COUNT, COUNTERS, type CounterSpec, shownUnit } from '../record/counters.ts';
import { describeEvent } from '../record/describe-event.ts';
import { ADD, type EventColumns, type EventRow, eventRow, KIND, RECLAIM_REASON } from '../record/events.ts';
import type { Compressor, RunReader } from '../record/run.ts';
import { RunBlocks } from '../record/run-blocks.ts';
import type { RunWords } from '../record/run-words.ts';
import { shownFactors, shownValue } from '../record/shown.ts';
import { RunState } from '../record/state.ts';
import { LIFE, SCALAR } from '../record/state-tables.ts';
import { ProtoWriter } from './protobuf.ts';

/** A recorded run to be drawn by Perfetto. */
export interface PerfettoRun {
  /** Heading of its group of tracks. */
  readonly title: string;
  readonly reader: RunReader;
  readonly words: RunWords;
  /** Text of a step, by its line of the scenario; the line's number if not known. */
  readonly stepText: (line: number) => string;
}

// Field numbers of protos/perfetto/trace/{trace,trace_packet}.proto and trace/track_event/*.proto, as they stood in 2025; test/fixtures/perfetto/trace.proto has them too.
const TRACE = { packet: 1 } as const;
const PACKET = { timestamp: 8, trusted_packet_sequence_id: 10, track_event: 11, sequence_flags: 13, track_descriptor: 60 } as const;
const SEQ_INCREMENTAL_STATE_CLEARED = 1;
const DESCRIPTOR = { uuid: 1, name: 2, parent_uuid: 5, counter: 8, child_ordering: 11, sibling_order_rank: 12 } as const;
const EXPLICIT_ORDER = 3;
const COUNTER_DESCRIPTOR = { unit: 3 } as const;
const UNIT = { count: 2, size_bytes: 3 } as const;
const EVENT = { debug_annotations: 4, type: 9, track_uuid: 11, categories: 22, name: 23, counter_value: 30, flow_ids: 47, terminating_flow_ids: 48 } as const;
const TYPE = { slice_begin: 1, slice_end: 2, instant: 3, counter: 4 } as const;
const ANNOTATION = { int_value: 4, string_value: 6, name: 10 } as const;

/** Track ids of a run begin at its ordinal times this. */
const UUIDS_PER_RUN = 2 ** 32;
/** Points of a counter over a whole run, besides the ends of steps: more than a screen shows. */
const POINT_COUNT = 4096;

/** Places among a container's tracks: what befell it stands above its counters, and these in the order of the kernel's files. */
const CONTAINER_RANKS = { events: 0, reclaim: 1, counters: 2 } as const;

/** A track as it is described when something is told on it for the first time. */
interface Track {
  readonly name: string;
  readonly parent: number;
  /** Its place among the tracks of its parent. */
  readonly rank: number;
  readonly counter?: ProtoWriter;
  readonly has_children?: true;
}

interface SliceOptions {
  readonly flows?: readonly number[];
  readonly ends?: readonly number[];
  readonly notes?: Readonly<Record<string, string | number>>;
}

/**
 * A Perfetto trace (protobuf, as ui.perfetto.dev opens it) of one or more runs: a group of tracks for each, in it steps as slices, for each container its counters as they
 * change, its reclaim passes as slices and what befell it as instants. The groups are tracks of their own and no processes, whose tracks the viewer would order by name. Flows lead from a limit that was met to the pass it set off, from that pass to the charge that waited for
 * it, and from a pass on to the refaults, one after the other, that charge its pages anew. Time is the runs' simulated time. Yields pieces of the file, in order. Throws DamagedRecording.
 */
export function* perfettoTrace(runs: readonly PerfettoRun[], compressor: Compressor): Generator<Uint8Array> {
  for (const [ordinal, run] of runs.entries()) yield* new RunTrace(run, ordinal, compressor).pieces();
}

/** The packets of one run. */
class RunTrace {
  readonly #run: PerfettoRun;
  readonly #ordinal: number;
  readonly #blocks: RunBlocks;
  readonly #state = new RunState();
  readonly #factors: Float64Array;
  #out = new ProtoWriter();
  #next_uuid: number;
  readonly #group_uuid: number;
  readonly #tracks = new Map<string, number>();
  /** How many containers of a path have a track: one that is made anew has a track of its own. */
  readonly #paths = new Map<string, number>();
  /** Shown value of each counter that has a track, by slot. */
  readonly #told = new Map<number, number>();
  #step_open = false;
  #step_index = -1;
  /** Flow of the last limit met, by container. */
  readonly #limit_flows = new Map<number, number>();
  #next_flow: number;
  /** The pass under way by container, and by page the pass that took it last. */
  readonly #open_passes = new Map<number, number>();
  #innermost_pass: number | undefined;
  readonly #taken_by = new Map<number, number>();
  /** Flows of the passes under a limit that a task has waited for since its last charge, by task. */
  readonly #waited_for = new Map<number, number[]>();
  readonly #told_refaults = new Set<string>();

  constructor(run: PerfettoRun, ordinal: number, compressor: Compressor) {
    this.#run = run;
    this.#ordinal = ordinal;
    this.#blocks = new RunBlocks(run.reader, compressor);
    this.#factors = shownFactors(run.reader.meta.charge_shift);
    this.#group_uuid = ordinal * UUIDS_PER_RUN + 1;
    this.#next_uuid = this.#group_uuid + 1;
    this.#next_flow = ordinal * UUIDS_PER_RUN + 1;
  }

  *pieces(): Generator<Uint8Array> {
    const descriptor = new ProtoWriter().uint(DESCRIPTOR.uuid, this.#group_uuid).string(DESCRIPTOR.name, this.#run.title);
    descriptor.uint(DESCRIPTOR.child_ordering, EXPLICIT_ORDER).uint(DESCRIPTOR.sibling_order_rank, this.#ordinal);
    this.#packet(new ProtoWriter().message(PACKET.track_descriptor, descriptor).uint(PACKET.sequence_flags, SEQ_INCREMENTAL_STATE_CLEARED));
    const stride = Math.max(1, Math.ceil(this.#blocks.event_count / POINT_COUNT));
    for (let at = 0; at < this.#blocks.entries.length; at++) {
      const { columns, count } = this.#blocks.decodedOnce(at);
      let from = 0;
      for (let row = 0; row < count; row++) {
        const told = this.#isTold(columns, row);
        const is_step = columns.kind[row] === KIND.step_begin;
        const is_point = (this.#blocks.entries[at].first_event + row) % stride === 0;
        if (!told && !is_point) continue;
        this.#state.apply(columns, from, row);
        if (is_step || is_point) this.#tellCounters();
        this.#state.apply(columns, row, row + 1);
        from = row + 1;
        if (told) this.#tellEvent(eventRow(columns, row, this.#blocks.entries[at].first_event + row));
      }
      this.#state.apply(columns, from, count);
      yield this.#flush();
    }
    this.#tellCounters();
    if (this.#step_open) this.#end(this.#stepsTrack());
    yield this.#flush();
  }

  get #now_ns(): number {
    return this.#state.scalars[SCALAR.time_ns];
  }

  #isTold(columns: EventColumns, row: number): boolean {
    switch (columns.kind[row]) {
      case KIND.step_begin:
      case KIND.memory_event:
      case KIND.oom_kill:
      case KIND.op_fail:
      case KIND.reclaim_begin:
      case KIND.reclaim_end:
      case KIND.page_evict:
        return true;
      case KIND.page_add:
        return (columns.flags[row] & ADD.refault) !== 0 || this.#waited_for.has(columns.task[row]);
      default:
        return false;
    }
  }

  #tellEvent(event: EventRow): void {
    const { container } = event;
    switch (event.kind) {
      case KIND.step_begin: {
        const steps = this.#stepsTrack();
        if (this.#step_open) this.#end(steps);
        this.#begin(steps, this.#run.stepText(event.b), { notes: { step: event.a, line: event.b } });
        this.#step_open = true;
        this.#step_index = event.a;
        this.#waited_for.clear();
        return;
      }
      case KIND.reclaim_begin: {
        const caused_by = this.#limit_flows.get(container);
        this.#limit_flows.delete(container);
        const flow = this.#next_flow++;
        this.#open_passes.set(container, flow);
        this.#innermost_pass = flow;
        const flows = [flow];
        if (caused_by !== undefined && event.flags === RECLAIM_REASON.max) {
          const waited = this.#next_flow++;
          flows.push(waited);
          this.#waited_for.set(event.task, [...(this.#waited_for.get(event.task) ?? []), waited]);
        }
        this.#begin(this.#containerTrack(container, 'reclaim'), 'reclaim', {
          flows,
          ...(caused_by === undefined ? {} : { ends: [caused_by] }),
          notes: { why: describeEvent(event, this.#run.words), task: this.#run.words.task(event.task) },
        });
        return;
      }
      case KIND.reclaim_end:
        if (!this.#open_passes.delete(container)) return;
        this.#innermost_pass = [...this.#open_passes.values()].at(-1);
        this.#end(this.#containerTrack(container, 'reclaim'));
        return;
      case KIND.page_evict: {
        if (this.#innermost_pass !== undefined) this.#taken_by.set(event.page, this.#innermost_pass);
        return;
      }
      case KIND.page_add:
        this.#tellWaitingCharge(event);
        if ((event.flags & ADD.refault) !== 0) this.#tellRefault(event);
        return;
      case KIND.op_fail:
        // What it waited for is not charged.
        this.#waited_for.delete(event.task);
        this.#tellIncident(event);
        return;
      default:
        this.#tellIncident(event);
    }
  }

  /** The first page that a task is charged for after it has reclaimed under a limit: what the passes made room for. */
  #tellWaitingCharge(event: EventRow): void {
    const ends = this.#waited_for.get(event.task);
    if (ends === undefined) return;
    this.#waited_for.delete(event.task);
    this.#instant(this.#containerTrack(event.container, 'events'), 'charge after reclaim', {
      ends,
      notes: { task: this.#run.words.task(event.task), charge: describeEvent(event, this.#run.words) },
    });
  }

  /** The first refault in a step of a page that a pass took: the flow ends in the charge. */
  #tellRefault(event: EventRow): void {
    const pass = this.#taken_by.get(event.page);
    if (pass === undefined) return;
    this.#taken_by.delete(event.page);
    const key = `${pass} ${this.#step_index} ${event.container}`;
    if (this.#told_refaults.has(key)) return;
    this.#told_refaults.add(key);
    const page = this.#run.words.page(event.page);
    this.#instant(this.#containerTrack(event.container, 'events'), 'refault', {
      flows: [pass],
      notes: { page: page === undefined ? event.page : `${page.object}:${page.page_index}`, charge: describeEvent(event, this.#run.words) },
    });
  }

  #tellIncident(event: EventRow): void {
    const text = describeEvent(event, this.#run.words);
    const flow = this.#next_flow++;
    const sets_off = event.kind === KIND.memory_event;
    if (sets_off) this.#limit_flows.set(event.container, flow);
    this.#instant(this.#containerTrack(event.container, 'events'), text, {
      ...(sets_off ? { flows: [flow] } : {}),
      notes: { task: this.#run.words.task(event.task) },
    });
  }

  /** The counters that have changed since they were told last. */
  #tellCounters(): void {
    const { values, scalars, container_life } = this.#state;
    for (let container = 0; container < scalars[SCALAR.container_count]; container++) {
      if (container_life[container] === LIFE.never) continue;
      for (const spec of COUNTERS) {
        if (spec.scope === 'setting') continue;
        const slot = container * COUNTER_COUNT + spec.index;
        const value = shownValue(spec.index, values[slot], this.#factors);
        const last = this.#told.get(slot);
        if (value === last || (last === undefined && value === 0)) continue;
        this.#told.set(slot, value);
        const track = this.#counterTrack(container, spec);
        this.#event(new ProtoWriter().uint(EVENT.type, TYPE.counter).uint(EVENT.track_uuid, track).int(EVENT.counter_value, value));
      }
    }
  }

  #stepsTrack(): number {
    return this.#track('steps', { name: 'steps', parent: this.#group_uuid, rank: 0 });
  }

  #containerTrack(container: number, name: 'events' | 'reclaim'): number {
    return this.#track(`${container} ${name}`, { name, parent: this.#parentOf(container), rank: CONTAINER_RANKS[name] });
  }

  #counterTrack(container: number, spec: CounterSpec): number {
    const { name, index } = spec;
    const counter = new ProtoWriter().uint(COUNTER_DESCRIPTOR.unit, shownUnit(spec) === 'bytes' ? UNIT.size_bytes : UNIT.count);
    return this.#track(`${container} counter ${name}`, { name, parent: this.#parentOf(container), rank: CONTAINER_RANKS.counters + index, counter });
  }

  /** The track below which those of a container stand. */
  #parentOf(container: number): number {
    if (container === NO_CONTAINER) return this.#group_uuid;
    const key = `${container}`;
    const known = this.#tracks.get(key);
    if (known !== undefined) return known;
    const path = this.#run.words.container(container);
    const count = (this.#paths.get(path) ?? 0) + 1;
    this.#paths.set(path, count);
    return this.#track(key, { name: count === 1 ? path : `${path} (${count})`, parent: this.#group_uuid, rank: container + 1, has_children: true });
  }

  /** Track of that key, described when it is asked for first. */
  #track(key: string, { name, parent, rank, counter, has_children }: Track): number {
    const known = this.#tracks.get(key);
    if (known !== undefined) return known;
    const uuid = this.#next_uuid++;
    this.#tracks.set(key, uuid);
    const descriptor = new ProtoWriter().uint(DESCRIPTOR.uuid, uuid).uint(DESCRIPTOR.parent_uuid, parent).string(DESCRIPTOR.name, name);
    if (counter !== undefined) descriptor.message(DESCRIPTOR.counter, counter);
    if (has_children === true) descriptor.uint(DESCRIPTOR.child_ordering, EXPLICIT_ORDER);
    descriptor.uint(DESCRIPTOR.sibling_order_rank, rank);
    this.#packet(new ProtoWriter().message(PACKET.track_descriptor, descriptor));
    return uuid;
  }

  #begin(track: number, name: string, options: SliceOptions): void {
    this.#event(this.#named(TYPE.slice_begin, track, name, options));
  }

  #end(track: number): void {
    this.#event(new ProtoWriter().uint(EVENT.type, TYPE.slice_end).uint(EVENT.track_uuid, track));
  }

  #instant(track: number, name: string, options: SliceOptions): void {
    this.#event(this.#named(TYPE.instant, track, name, options));
  }

  #named(type: number, track: number, name: string, { flows = [], ends = [], notes = {} }: SliceOptions): ProtoWriter {
    const event = new ProtoWriter().uint(EVENT.type, type).uint(EVENT.track_uuid, track).string(EVENT.categories, 'memory').string(EVENT.name, name);
    for (const flow of flows) event.fixed64(EVENT.flow_ids, flow);
    for (const flow of ends) event.fixed64(EVENT.terminating_flow_ids, flow);
    for (const [key, value] of Object.entries(notes)) {
      if (value === '') continue;
      const note = new ProtoWriter().string(ANNOTATION.name, key);
      event.message(EVENT.debug_annotations, typeof value === 'number' ? note.int(ANNOTATION.int_value, value) : note.string(ANNOTATION.string_value, value));
    }
    return event;
  }

  #event(event: ProtoWriter): void {
    this.#packet(new ProtoWriter().uint(PACKET.timestamp, this.#now_ns).message(PACKET.track_event, event));
  }

  #packet(packet: ProtoWriter): void {
    this.#out.message(TRACE.packet, packet.uint(PACKET.trusted_packet_sequence_id, this.#ordinal + 1));
  }

  #flush(): Uint8Array {
    const bytes = this.#out.bytes().slice();
    this.#out = new ProtoWriter();
    return bytes;
  }
}
