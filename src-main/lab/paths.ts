import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The lab's own directory: the clone, or what was made of it. Two levels up from the sources and from the bundles alike, as are the others. */
export const LAB_DIR = fileURLToPath(new URL('../../', import.meta.url));

/** Where the built window lies. */
export const RENDERER_DIR = fileURLToPath(new URL('../../dist/renderer/', import.meta.url));

/** Where the shipped examples lie. */
export const EXAMPLES_DIR = fileURLToPath(new URL('../../examples/', import.meta.url));

/** Where the shipped attacks lie. */
export const ATTACKS_DIR = fileURLToPath(new URL('../../examples/attacks/', import.meta.url));

/** Where the templates of new scenarios lie. */
export const TEMPLATES_DIR = fileURLToPath(new URL('../../examples/templates/', import.meta.url));

/** The database to use, and whether its directory is the lab's to create: `--db`, else MEMLEDGER_DB, else the user's data directory. */
export function databasePath(given: string | undefined, env: NodeJS.ProcessEnv = process.env): { readonly path: string; readonly create_directory: boolean } {
  const chosen = given ?? env.MEMLEDGER_DB;
  if (chosen !== undefined && chosen !== '') return { path: resolve(chosen), create_directory: false };
  const data_home = env.XDG_DATA_HOME !== undefined && env.XDG_DATA_HOME !== '' ? env.XDG_DATA_HOME : join(homedir(), '.local/share');
  return { path: join(data_home, 'memledger/library.db'), create_directory: true };
}
