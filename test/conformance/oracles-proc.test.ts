import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Result } from '../../src-engine/base/result.ts';
import type { ProcSource } from '../../src-engine/formats/proc-snapshot.ts';
import { procFiles } from '../../src-main/lab/proc-files.ts';

/** The row KMEM-14 of the project's list: test_kmem_proc_kpagecgroup() of tools/testing/selftests/cgroup/test_kmem.c (6.12), by the reader of `import --proc`. */

const READ_BYTES = 65_536 * 8;
const directory = mkdtempSync(join(tmpdir(), 'memledger-kpagecgroup-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** Bytes of the whole file, read from its beginning until nothing comes. */
function readWhole(source: ProcSource): Result<number> {
  for (let offset = 0; ; ) {
    const read = source.bytes('kpagecgroup', offset, READ_BYTES);
    if (!read.ok) return read;
    if (read.value.length === 0) return { ok: true, value: offset };
    offset += read.value.length;
  }
}

test('KMEM-14: the whole of this machine’s /proc/kpagecgroup is read to its end without an error, where it may be read at all', () => {
  const source = procFiles('/proc');
  const whole = readWhole(source);
  source.close();
  if (whole.ok) {
    expect(whole.value).toBeGreaterThan(0);
    expect(whole.value % 8).toBe(0);
  } else {
    // No root, or a kernel without CONFIG_PROC_PAGE_MONITOR: the reader says which.
    expect(whole.errors.map(({ code }) => code)).toEqual([expect.stringMatching(/^proc-(?:missing|not-permitted|not-readable)$/)]);
  }
});

test('KMEM-14: so is a saved one that ends within a read', () => {
  const entry_count = 2 * 65_536 + 5;
  writeFileSync(join(directory, 'kpagecgroup'), new Uint8Array(entry_count * 8));
  const source = procFiles(directory);
  expect(readWhole(source)).toEqual({ ok: true, value: entry_count * 8 });
  source.close();
});
