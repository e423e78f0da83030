import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const ROOT = fileURLToPath(new URL('.', import.meta.url));

/** Builds the preload. A sandboxed window loads only CommonJS, in one file; anything else it drops without a word. */
export default defineConfig({
  publicDir: false,
  build: {
    outDir: resolve(ROOT, 'dist/electron'),
    emptyOutDir: false,
    target: 'chrome140',
    minify: false,
    lib: { entry: resolve(ROOT, 'src-main/hosts/electron/preload.ts'), formats: ['cjs'], fileName: () => 'preload.cjs' },
    rolldownOptions: { external: ['electron'] },
  },
});
