/**
 * What a trace of ours may hold, as Perfetto's schema has it: numbers, types and enums of protos/perfetto/trace/{trace,trace_packet}.proto and of
 * trace/track_event/{track_event,track_descriptor,process_descriptor,counter_descriptor,debug_annotation}.proto of google/perfetto. Only what is written is listed.
 */
export interface SchemaField {
  readonly name: string;
  readonly type: 'uint32' | 'uint64' | 'int32' | 'int64' | 'fixed64' | 'string' | readonly number[] | keyof typeof PERFETTO_SCHEMA;
  readonly repeated?: true;
  /** Fields of which a message has one at most. */
  readonly oneof?: string;
}

export const PERFETTO_SCHEMA = {
  Trace: { 1: { name: 'packet', type: 'TracePacket', repeated: true } },
  TracePacket: {
    8: { name: 'timestamp', type: 'uint64' },
    10: { name: 'trusted_packet_sequence_id', type: 'uint32', oneof: 'optional_trusted_packet_sequence_id' },
    11: { name: 'track_event', type: 'TrackEvent', oneof: 'data' },
    13: { name: 'sequence_flags', type: 'uint32' },
    60: { name: 'track_descriptor', type: 'TrackDescriptor', oneof: 'data' },
  },
  TrackDescriptor: {
    1: { name: 'uuid', type: 'uint64' },
    2: { name: 'name', type: 'string' },
    3: { name: 'process', type: 'ProcessDescriptor' },
    5: { name: 'parent_uuid', type: 'uint64' },
    8: { name: 'counter', type: 'CounterDescriptor' },
  },
  ProcessDescriptor: { 1: { name: 'pid', type: 'int32' }, 6: { name: 'process_name', type: 'string' } },
  // UNIT_UNSPECIFIED, _TIME_NS, _COUNT, _SIZE_BYTES.
  CounterDescriptor: { 3: { name: 'unit', type: [0, 1, 2, 3] } },
  TrackEvent: {
    4: { name: 'debug_annotations', type: 'DebugAnnotation', repeated: true },
    // TYPE_UNSPECIFIED, _SLICE_BEGIN, _SLICE_END, _INSTANT, _COUNTER.
    9: { name: 'type', type: [0, 1, 2, 3, 4] },
    11: { name: 'track_uuid', type: 'uint64' },
    22: { name: 'categories', type: 'string', repeated: true },
    23: { name: 'name', type: 'string', oneof: 'name_field' },
    30: { name: 'counter_value', type: 'int64', oneof: 'counter_value_field' },
    47: { name: 'flow_ids', type: 'fixed64', repeated: true },
    48: { name: 'terminating_flow_ids', type: 'fixed64', repeated: true },
  },
  DebugAnnotation: {
    4: { name: 'int_value', type: 'int64', oneof: 'value' },
    6: { name: 'string_value', type: 'string', oneof: 'value' },
    10: { name: 'name', type: 'string', oneof: 'name_field' },
  },
} as const satisfies Readonly<Record<string, Readonly<Record<number, Omit<SchemaField, 'type'> & { readonly type: string | readonly number[] }>>>>;

type Message = keyof typeof PERFETTO_SCHEMA;
const isMessage = (type: SchemaField['type']): type is Message => typeof type === 'string' && type in PERFETTO_SCHEMA;

/** What of a message's bytes is not as the schema has it, each in one sentence with its place; reads the bytes by itself. */
export function schemaProblems(bytes: Uint8Array, message: Message = 'Trace', place: string = message): readonly string[] {
  const fields: Readonly<Record<number, SchemaField | undefined>> = PERFETTO_SCHEMA[message];
  const problems: string[] = [];
  const seen = new Set<string>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) break;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new Error(`${place}: a varint does not end`);
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const field = fields[tag >> 3];
    if (field === undefined) return [...problems, `${place}: no field ${tag >> 3}`];
    const where = `${place}.${field.name}`;
    const { type } = field;
    const wire = type === 'fixed64' ? 1 : type === 'string' || isMessage(type) ? 2 : 0;
    if ((tag & 7) !== wire) return [...problems, `${where}: wire type ${tag & 7}, not ${wire}`];
    for (const once of [field.repeated === true ? undefined : field.name, field.oneof]) {
      if (once === undefined || once === '') continue;
      if (seen.has(once)) problems.push(`${where}: twice`);
      seen.add(once);
    }
    if (wire === 1) at += 8;
    else if (wire === 2) {
      const length = Number(varint());
      const inner = bytes.subarray(at, at + length);
      at += length;
      if (isMessage(type)) problems.push(...schemaProblems(inner, type, where));
      else new TextDecoder('utf-8', { fatal: true }).decode(inner);
    } else {
      const value = varint();
      const fits = typeof type !== 'string' ? type.includes(Number(value)) : value < (type === 'uint32' ? 2n ** 32n : type === 'int32' ? 2n ** 31n : 2n ** 64n);
      if (!fits) problems.push(`${where}: ${value} does not fit`);
    }
    if (at > bytes.length) return [...problems, `${where}: longer than its message`];
  }
  return problems;
}
