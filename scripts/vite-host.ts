import { cpSync, globSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin, UserConfig } from 'vite';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The lab's processes and threads are started by file name, from beside the code that starts them. */
const processes = globSync('src-main/lab/*-{process,thread}.ts', { cwd: ROOT }).map((path) => [basename(path, '.ts'), resolve(ROOT, path)]);

/** Makes `new URL('./x.ts', import.meta.url)` lead to the bundle of that entry. No character moves, so the source map holds. */
const bundledEntries: Plugin = {
  name: 'bundled-entries',
  transform(code) {
    return { code: code.replace(/(new URL\(["']\.\/[\w-]+\.)t(s["'], import\.meta\.url\))/g, '$1j$2'), map: null };
  },
};

/** The kernel lab builds the guest's program from its sources, which stand beside the code. */
const guestSources: Plugin = {
  name: 'guest-sources',
  writeBundle: ({ dir = '' }) => cpSync(resolve(ROOT, 'src-main/kernel/guest'), resolve(dir, 'guest'), { recursive: true }),
};

/** What of the packages stays a package: native code, and what the runtime brings. */
const EXTERNAL = ['better-sqlite3', 'electron'];

/** Bundles a host (`main.js`) and the processes that it starts into one folder of dist/, so that they stand beside one another as their sources do. */
export function hostBundle(folder: string, main: string): UserConfig {
  return {
    publicDir: false,
    plugins: [bundledEntries, guestSources],
    ssr: { noExternal: true, external: EXTERNAL },
    build: {
      ssr: true,
      outDir: resolve(ROOT, 'dist', folder),
      emptyOutDir: true,
      target: 'node24',
      minify: false,
      sourcemap: true,
      rolldownOptions: {
        input: { main: resolve(ROOT, main), ...Object.fromEntries(processes) },
        external: [...EXTERNAL, /^node:/, ...builtinModules],
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name].js' },
      },
    },
  };
}
