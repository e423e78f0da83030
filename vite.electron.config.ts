import { builtinModules } from 'node:module';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const ROOT = fileURLToPath(new URL('.', import.meta.url));
const OUT_DIR = resolve(ROOT, 'dist/electron');

/**
 * `new URL('./x.ts', import.meta.url)` names a process's or thread's entry: it becomes a bundle of its own, and the URL leads there.
 * Any other such path names a file of the repository, and still leads there from the bundle's folder.
 */
const relativeUrls: Plugin = {
  name: 'relative-urls',
  transform(code, id) {
    return code.replace(/new URL\(\s*'(\.[^']*)',\s*import\.meta\.url\s*\)/g, (_whole, path: string) => {
      const target = resolve(dirname(id), path);
      if (!path.endsWith('.ts')) return `new URL('${relative(OUT_DIR, target)}${path.endsWith('/') ? '/' : ''}', import.meta.url)`;
      const reference = this.emitFile({ type: 'chunk', id: target });
      return `new URL(import.meta.ROLLUP_FILE_URL_${reference})`;
    });
  },
};

/** Bundles the desktop host and the processes that it starts. All in one folder, since a chunk's place decides where its URLs lead. */
export default defineConfig({
  publicDir: false,
  plugins: [relativeUrls],
  ssr: { noExternal: true, external: ['better-sqlite3', 'electron'] },
  build: {
    ssr: true,
    outDir: OUT_DIR,
    emptyOutDir: true,
    target: 'node24',
    minify: false,
    sourcemap: true,
    rolldownOptions: {
      input: { main: resolve(ROOT, 'src-main/hosts/electron/main.ts') },
      external: ['electron', 'better-sqlite3', /^node:/, ...builtinModules],
      output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name].js' },
    },
  },
});
