import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { LAB_DIR } from '../../lab/paths.ts';
import { desktopEntry, MEDIA_TYPE_XML } from './desktop-files.ts';
import { EXIT, print, tellErrors } from './output.ts';

export interface DesktopOptions {
  readonly install?: boolean;
  readonly remove?: boolean;
}

interface Written {
  readonly path: string;
  readonly text: string;
}

/** Where a desktop looks for what a user installed (XDG Base Directory Specification). */
const dataHome = (): string => process.env.XDG_DATA_HOME || join(homedir(), '.local/share');

/** Whether Electron's runtime is here: without it the lab opens in a browser, and says in a terminal how. */
function hasRuntime(): boolean {
  const directory = join(LAB_DIR, 'node_modules/electron');
  return existsSync(join(directory, 'path.txt')) && existsSync(process.env.ELECTRON_OVERRIDE_DIST_PATH || join(directory, 'dist'));
}

const entryText = (): string =>
  desktopEntry({
    command: [process.execPath, join(LAB_DIR, 'bin/start.js')],
    icon: join(LAB_DIR, 'packaging/icon.png'),
    in_terminal: !hasRuntime(),
  });

const files = (): readonly Written[] => [
  { path: join(dataHome(), 'applications/memledger.desktop'), text: entryText() },
  { path: join(dataHome(), 'mime/packages/memledger.xml'), text: MEDIA_TYPE_XML },
];

/** Has the desktop's own programs take the change in, where they are installed; desktops without them look by themselves. */
function refresh(): void {
  spawnSync('update-mime-database', [join(dataHome(), 'mime')], { stdio: 'ignore' });
  spawnSync('update-desktop-database', [join(dataHome(), 'applications')], { stdio: 'ignore' });
}

/** `memledger desktop-file`: what makes a Linux desktop open shared files with this clone by a double click. Prints it; `--install` writes it for the user, `--remove` takes it away. */
export async function desktopCommand({ install = false, remove = false }: DesktopOptions): Promise<number> {
  if (!install && !remove) {
    await print(entryText().trimEnd());
    return EXIT.ok;
  }
  try {
    for (const { path, text } of files()) {
      if (remove) rmSync(path, { force: true });
      else {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, text);
      }
    }
  } catch (exception) {
    const why = exception instanceof Error ? exception.message : String(exception);
    return tellErrors([{ code: 'file-not-written', message: `The entry cannot be written: ${why}.`, place: { file: dataHome() } }], false);
  }
  refresh();
  await print(
    `${remove ? 'Removed' : 'Written'}: ${files()
      .map(({ path }) => path)
      .join(', ')}`,
  );
  return EXIT.ok;
}
