import { cpSync, globSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const ROOT = fileURLToPath(new URL('.', import.meta.url));

/** The lab's processes and threads are started by file name, from beside the code that starts them. */
const entries = globSync('src-main/lab/*-{process,thread}.ts', { cwd: ROOT }).map((path) => [basename(path, '.ts'), resolve(ROOT, path)]);

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

/** Bundles the desktop host and the processes that it starts, all in one folder, so that they stand beside one another as their sources do. */
export default defineConfig({
  publicDir: false,
  plugins: [bundledEntries, guestSources],
  ssr: { noExternal: true, external: ['better-sqlite3', 'electron'] },
  build: {
    ssr: true,
    outDir: resolve(ROOT, 'dist/electron'),
    emptyOutDir: true,
    target: 'node24',
    minify: false,
    sourcemap: true,
    rolldownOptions: {
      input: { main: resolve(ROOT, 'src-main/hosts/electron/main.ts'), ...Object.fromEntries(entries) },
      external: ['electron', 'better-sqlite3', /^node:/, ...builtinModules],
      output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name].js' },
    },
  },
});
