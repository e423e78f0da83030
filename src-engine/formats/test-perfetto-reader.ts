import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs';

/** A trace as Perfetto's schema names what is in it: see test/fixtures/perfetto/trace.proto. 64-bit numbers are numbers here: those of a trace of ours are all below 2^53. */
export interface PerfettoTrace {
  readonly packet?: readonly PerfettoPacket[];
}

export interface PerfettoPacket {
  readonly timestamp?: number;
  readonly trusted_packet_sequence_id?: number;
  readonly sequence_flags?: number;
  readonly track_event?: PerfettoEvent;
  readonly track_descriptor?: PerfettoTrack;
}

export interface PerfettoTrack {
  readonly uuid?: number;
  readonly name?: string;
  readonly parent_uuid?: number;
  readonly process?: { readonly pid?: number; readonly process_name?: string };
  readonly thread?: { readonly pid?: number; readonly tid?: number; readonly thread_name?: string };
  readonly counter?: { readonly unit?: string };
  readonly child_ordering?: string;
  readonly sibling_order_rank?: number;
}

export interface PerfettoEvent {
  readonly type?: string;
  readonly track_uuid?: number;
  readonly name?: string;
  readonly counter_value?: number;
  readonly categories?: readonly string[];
  readonly flow_ids?: readonly number[];
  readonly terminating_flow_ids?: readonly number[];
  readonly debug_annotations?: readonly { readonly name?: string; readonly int_value?: number; readonly string_value?: string }[];
}

const SCHEMA = readFileSync(join(import.meta.dirname, '../../test/fixtures/perfetto/trace.proto'), 'utf8');
const Trace = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType('perfetto.protos.Trace');

/** Reads a trace by its schema, with a library for Protocol Buffers. Fields that the schema has not are passed over, as every reader does. Throws where the bytes are no message. */
export function readPerfettoTrace(bytes: Uint8Array): PerfettoTrace {
  return Trace.toObject(Trace.decode(bytes), { longs: Number, enums: String });
}

/** What of the bytes is not as the schema has it, in one sentence; undefined where all of it is. */
export function schemaProblem(bytes: Uint8Array): string | undefined {
  try {
    // A field or a value of an enum that the schema has not, and a second value where one may stand, do not come back.
    const { length } = Trace.encode(Trace.decode(bytes)).finish();
    return length === bytes.length ? undefined : `${bytes.length - length} bytes are nothing that the schema has`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
