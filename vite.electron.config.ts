import { defineConfig } from 'vite';
import { hostBundle } from './scripts/vite-host.ts';

/** Bundles the desktop host. */
export default defineConfig(hostBundle('electron', 'src-main/hosts/electron/main.ts'));
