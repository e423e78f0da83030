import { plural } from '../base/figures.ts';
import type { SeekTarget } from './run.ts';

/** Where the run is and what it has, for reading a jump. */
export interface JumpContext {
  readonly event_index: number;
  readonly event_count: number;
  readonly step_index: number;
  readonly step_count: number;
  readonly time_ns: number;
  readonly samples: readonly { readonly name: string; readonly event_index: number }[];
}

/** Where a jump goes: to a place, or to the next (−1: previous) event that fits a search. */
export type Jump = { readonly request: SeekTarget } | { readonly find: string; readonly delta: 1 | -1 } | { readonly problem: string };

const NS_PER: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9 };
const HELP =
  'Write an event (12345), a distance (+500, −20), a step (step 12, step +1), a time (1.5ms, +2ms), the name of a sample, or what comes next (next oom of B, previous recharge).';

/** Reads a time such as `1.5ms` as nanoseconds; undefined where it is none. */
export function parseTime(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(ns|us|µs|ms|s)$/i.exec(text.trim());
  return match === null ? undefined : Number(match[1]) * NS_PER[match[2].toLowerCase()];
}

/** Reads what was typed into the jump dialog. Digits may be grouped by spaces, commas or underscores. */
export function parseJump(typed: string, context: JumpContext): Jump {
  const text = typed.trim().replaceAll('−', '-');
  const sample =
    context.samples.find((candidate) => candidate.name === text) ?? context.samples.find((candidate) => candidate.name.toLowerCase() === text.toLowerCase());
  if (sample !== undefined) return { request: { event: sample.event_index } };
  const sought = /^(next|previous|prev)\s+(\S.*)$/i.exec(text);
  if (sought !== null) return { find: sought[2].replace(/\s+(?:of|in|by)\s+/gi, ' '), delta: sought[1].toLowerCase() === 'next' ? 1 : -1 };
  const match = /^(step|s|event|e|#)?\s*([+-]?)\s*(\d[\d_,\s\u202f]*(?:\.\d+)?)\s*(ns|us|µs|ms|s)?$/i.exec(text);
  if (match === null) return { problem: text === '' ? HELP : `“${typed.trim()}” is no place in this run. ${HELP}` };
  const [, what = '', sign, digits, unit] = match;
  const size = Number(digits.replace(/[_,\s\u202f]/g, ''));
  const offset = sign === '-' ? -size : size;
  const relative = sign !== '';
  if (unit !== undefined) {
    if (what !== '') return { problem: 'A time needs no “step” or “event” before it.' };
    return { request: { time_ns: Math.max(0, (relative ? context.time_ns : 0) + offset * NS_PER[unit.toLowerCase()]) } };
  }
  if (!Number.isInteger(size)) return { problem: `${size} is no whole number; a time has a unit: ${size}ms.` };
  if (what.toLowerCase().startsWith('s')) {
    const step = relative ? context.step_index + offset : offset;
    if (!relative && step >= context.step_count) return { problem: `The run has steps 0 to ${context.step_count - 1}.` };
    return { request: { step: Math.max(0, Math.min(context.step_count - 1, step)) } };
  }
  const event = relative ? context.event_index + offset : offset;
  if (!relative && event > context.event_count) return { problem: `The run has ${plural(context.event_count, 'event')}.` };
  return { request: { event: Math.max(0, Math.min(context.event_count, event)) } };
}
