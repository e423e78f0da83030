import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ok } from '../../../src-engine/base/result.ts';
import { createLab } from '../../lab/lab.ts';
import { databasePath, EXAMPLES_DIR, LAB_DIR, RENDERER_DIR } from '../../lab/paths.ts';
import { startWebHost } from '../web/web-host.ts';
import { interruptSignal } from './interrupt.ts';
import { EXIT, print, tellErrors } from './output.ts';
import type { DatabaseOptions } from './record-files.ts';
import { showSharedFile } from './shown-file.ts';
import { isWindowOld } from './window-age.ts';

export interface ServeOptions extends DatabaseOptions {
  readonly port: number;
  /** `--no-open` gives false. */
  readonly open?: boolean;
}

/** Opens a link in the user's browser, where there is a desktop to open it on. */
function openInBrowser(link: string): void {
  const has_desktop = Boolean(process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY);
  const opener = (process.env.PATH ?? '')
    .split(delimiter)
    .map((directory) => join(directory, 'xdg-open'))
    .find(existsSync);
  if (!has_desktop || opener === undefined) return;
  spawn(opener, [link], { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref();
}

/** `memledger serve [FILE]`: the lab in a browser on this machine, until it is interrupted; with a shared file at that. */
export async function serveCommand(file: string | undefined, { port, open = true, db }: ServeOptions): Promise<number> {
  const { path, create_directory } = databasePath(db);
  const lab = await createLab({ db_path: path, create_directory, examples_dir: EXAMPLES_DIR });
  if (!lab.ok) return tellErrors(lab.errors, false);
  const address = file === undefined ? ok('') : await showSharedFile(lab.value, file);
  if (!address.ok) {
    await lab.value.close();
    return tellErrors(address.errors, false);
  }
  const host = await startWebHost({
    lab: lab.value,
    port,
    renderer_dir: RENDERER_DIR,
    address: address.value,
    onLinkUsed: () => {
      if (host.ok) void print(`For another browser: ${host.value.newLink()}`);
    },
  });
  if (!host.ok) {
    await lab.value.close();
    return tellErrors(host.errors, false);
  }
  const link = host.value.newLink();
  await print(`Memledger: ${link}\nThe link opens the lab once, in one browser of this machine. Ctrl-C ends the lab.`);
  if (open) openInBrowser(link);
  const interrupt = interruptSignal();
  // While the browser starts.
  await lab.value.load();
  if (isWindowOld(LAB_DIR)) process.stderr.write('memledger: the window is older than its sources: run `npm run build`\n');
  if (!interrupt.signal.aborted) await new Promise((resolve) => interrupt.signal.addEventListener('abort', resolve));
  await host.value.close();
  await lab.value.close();
  return EXIT.ok;
}
