import { z } from 'zod';
import { fail, ok, type Result } from '../../src-engine/base/result.ts';

/** Lines that the guest writes (README.md, "What the guest says"). */
const count = z.int().nonnegative();
const time = { t: count } as const;
const guestLine = z.discriminatedUnion('k', [
  z.strictObject({ k: z.literal('hello'), version: z.literal(1), release: z.string(), lru_gen: z.string(), total_kb: count }),
  z.strictObject({ k: z.literal('lacks'), what: z.string(), detail: z.string(), r: count }),
  z.strictObject({ k: z.literal('step'), i: z.int().min(-1), ...time }),
  /** `r` −1: the task died of it. */
  z.strictObject({ k: z.literal('op'), v: z.string(), task: z.int().min(-1), r: z.int().min(-1), n: z.int(), ...time }),
  z.strictObject({ k: z.literal('task'), task: count, pid: count, c: count, ...time }),
  z.strictObject({ k: z.literal('died'), task: count, signal: count, ...time }),
  z.strictObject({ k: z.literal('skip'), task: count }),
  /** `id`: number by which tracepoints name the container's cgroup; its tasks may be in one of their own. */
  z.strictObject({ k: z.literal('cgroup'), c: count, id: count }),
  z.strictObject({ k: z.literal('trace'), from: count, bytes: count }),
  z.strictObject({ k: z.literal('read'), c: count, v: z.array(z.int()) }),
  z.strictObject({ k: z.literal('mapped'), c: count, v: z.tuple([count, count]) }),
  z.strictObject({ k: z.literal('node'), c: count, v: z.tuple([count, count, count, count, count]) }),
  z.strictObject({ k: z.literal('own'), task: count, v: z.array(count).min(4).max(9) }),
  /** Breaks a silence: something has been done since the last line, and it goes on. */
  z.strictObject({ k: z.literal('working'), ...time }),
  z.strictObject({ k: z.literal('told'), i: z.int().min(-1), ...time }),
  z.strictObject({ k: z.literal('end') }),
]);
export type GuestLine = z.output<typeof guestLine>;

/** Reads one line. Error: it is none of the guest's, as when the kernel wrote between. */
export function readGuestLine(text: string): Result<GuestLine> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const line = guestLine.safeParse(value);
  return line.success
    ? ok(line.data)
    : fail({
        code: 'guest-line',
        message: `The guest said what is not understood: ${text.length > 240 ? `${text.slice(0, 120)} … ${text.slice(-120)}` : text}`,
        remedy: 'its console is kept with the run',
      });
}
