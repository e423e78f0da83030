import { readFileSync } from 'node:fs';

/** Version of this lab, of package.json: found from the sources and from the bundle alike. */
export const LAB_VERSION: string = (() => {
  for (const path of ['../../package.json', '../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as { readonly name?: string; readonly version?: string };
      if (name === 'memledger' && version !== undefined) return version;
    } catch {
      // Not there: the other one is.
    }
  }
  return 'unknown';
})();
