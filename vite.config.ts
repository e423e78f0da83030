import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';
import { docsPlugin } from './scripts/vite-docs.ts';

/** Builds the renderer: one bundle for the Electron window and for the browser, hence the relative base. */
export default defineConfig({
  root: fileURLToPath(new URL('src-renderer', import.meta.url)),
  base: './',
  plugins: [vue(), docsPlugin(fileURLToPath(new URL('docs', import.meta.url)))],
  build: {
    outDir: fileURLToPath(new URL('dist/renderer', import.meta.url)),
    emptyOutDir: true,
    target: 'chrome140',
    // Data URLs for assets would need a wider content security policy.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
    // One file of styles and one of what the lab opens with: a start waits for a round of requests, not for their bytes.
    cssCodeSplit: false,
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'start', tags: ['$initial'] }] } } },
  },
});
