import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isGone, processIdentity } from '../store/process-identity.ts';

/** Name of the file in which a directory's process stands. */
const OWNER = 'owner';

/** A directory beside the library for what goes with the lab: opened files, exports on their way. Beside it, since they may be as large. */
export interface HandoverDirectory {
  /** A path in it that nothing else has. */
  newPath(name: string): string;
  remove(): void;
}

/** Makes this lab's directory, when it is first needed, and clears away those of labs that went down. */
export function createHandoverDirectory(db_path: string): HandoverDirectory {
  const parent = `${db_path}.handover`;
  if (existsSync(parent)) {
    for (const name of readdirSync(parent)) {
      const path = join(parent, name);
      const owner = existsSync(join(path, OWNER)) ? readFileSync(join(path, OWNER), 'utf8') : '';
      if (isGone(owner, statSync(path).mtimeMs)) rmSync(path, { recursive: true, force: true });
    }
  }
  let own: string | undefined;
  let count = 0;
  return {
    newPath(name) {
      if (own === undefined) {
        mkdirSync(parent, { recursive: true, mode: 0o700 });
        own = mkdtempSync(join(parent, 'lab-'));
        writeFileSync(join(own, OWNER), processIdentity());
      }
      count += 1;
      return join(own, `${count}-${name}`);
    },
    remove() {
      if (own !== undefined) rmSync(own, { recursive: true, force: true });
      own = undefined;
      if (existsSync(parent) && readdirSync(parent).length === 0) rmSync(parent, { recursive: true, force: true });
    },
  };
}
