import type { Reference } from './facts.ts';
import { none } from './none.ts';
import { partial } from './partial.ts';
import { rss } from './rss.ts';
import { softwareZones } from './software-zones.ts';
import { staticOwnership } from './static.ts';

/** The reference of each page policy. */
export const REFERENCES: Readonly<Record<string, Reference>> = { none, static: staticOwnership, partial, rss, 'software-zones': softwareZones };
