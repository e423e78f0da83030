import { defineConfig } from 'vite';
import { hostBundle } from './scripts/vite-host.ts';

/** Bundles the command line: a few files load three times as fast as some 900 sources. bin/memledger.js takes it while it is newer than they. */
export default defineConfig(hostBundle('cli', 'src-main/hosts/cli/main.ts'));
