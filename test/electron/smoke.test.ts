import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { _electron } from 'playwright-core';
import { expect, it } from 'vitest';

/** The lab in the real Electron, where its runtime is installed. */
const ROOT = join(import.meta.dirname, '../..');

function runtimePath(): string | undefined {
  const package_dir = dirname(createRequire(import.meta.url).resolve('electron/package.json'));
  const name_file = join(package_dir, 'path.txt');
  if (!existsSync(name_file)) return undefined;
  const path = join(process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(package_dir, 'dist'), readFileSync(name_file, 'utf8').trim());
  return existsSync(path) ? path : undefined;
}

const runtime = runtimePath();
const has_display = process.env.DISPLAY !== undefined || process.env.WAYLAND_DISPLAY !== undefined;
const missing = runtime === undefined ? "Electron's runtime is not installed" : has_display ? undefined : 'there is no display';
if (missing !== undefined) process.stdout.write(`skipped: ${missing}\n`);

it.skipIf(missing !== undefined)(`opens the lab in Electron${missing === undefined ? '' : ` (skipped: ${missing})`}`, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'memledger-'));
  const as_root = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const app = await _electron.launch({
    ...(runtime === undefined ? {} : { executablePath: runtime }),
    args: [...as_root, ROOT, `--user-data-dir=${dir}`],
    env: { ...process.env, MEMLEDGER_DB: join(dir, 'library.db') },
  });
  try {
    const page = await app.firstWindow();
    await page.getByText('A shared library').first().waitFor();
    expect(await page.evaluate('typeof require')).toBe('undefined');
  } finally {
    await app.close();
    rmSync(dir, { recursive: true });
  }
});
