/** A directory that was dropped, with the files in it and below. */
export interface DroppedDirectory {
  readonly name: string;
  readonly files: readonly { readonly path: string; readonly file: File }[];
}

/** What was dropped: files, and directories as a whole each. */
export interface Dropped {
  readonly files: readonly File[];
  readonly directories: readonly DroppedDirectory[];
}

/** Files of a dropped directory that are taken; cgroup trees of machines have some 10,000. */
const FILE_COUNT_MAX = 100_000;

const fileOf = (entry: FileSystemFileEntry): Promise<File | null> => new Promise((resolve) => entry.file(resolve, () => resolve(null)));
/** A reader gives entries in portions, and an empty one at the end. */
const portionOf = (reader: FileSystemDirectoryReader): Promise<readonly FileSystemEntry[]> =>
  new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));

async function readDirectory(directory: FileSystemDirectoryEntry): Promise<DroppedDirectory> {
  const files: { readonly path: string; readonly file: File }[] = [];
  const pending: { readonly entry: FileSystemDirectoryEntry; readonly prefix: string }[] = [{ entry: directory, prefix: '' }];
  for (let next = pending.pop(); next !== undefined && files.length < FILE_COUNT_MAX; next = pending.pop()) {
    const reader = next.entry.createReader();
    for (let portion = await portionOf(reader); portion.length > 0; portion = await portionOf(reader)) {
      for (const entry of portion) {
        const path = next.prefix + entry.name;
        if (entry.isDirectory) pending.push({ entry: entry as FileSystemDirectoryEntry, prefix: `${path}/` });
        else {
          const file = await fileOf(entry as FileSystemFileEntry);
          if (file !== null) files.push({ path, file });
        }
      }
    }
  }
  return { name: directory.name, files };
}

/** Reads what a drop brings. Its items are gone after the event, so they are asked for before anything is waited for. */
export async function readDropped(transfer: DataTransfer): Promise<Dropped> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  const directories = entries.filter((entry): entry is FileSystemDirectoryEntry => entry?.isDirectory === true);
  const files = [...transfer.files].filter((_, index) => entries[index]?.isDirectory !== true);
  return { files, directories: await Promise.all(directories.map(readDirectory)) };
}
