import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generatedDocs } from './generated-docs.ts';
import { modelPictures } from './model-pictures.ts';

for (const [name, text] of generatedDocs(await modelPictures())) {
  const path = join(import.meta.dirname, '../docs', name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
