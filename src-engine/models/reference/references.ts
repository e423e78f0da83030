import { ckrm } from './ckrm.ts';
import type { Reference } from './facts.ts';
import { none } from './none.ts';
import { partial, partialEqual, partialKept } from './partial.ts';
import { staticRecharged } from './recharge.ts';
import { rss, rssByFirst, rssByProcess } from './rss.ts';
import { borrowedEach, borrowedOnce, borrowedWhole, smemcg, smemcgReparented } from './smemcg.ts';
import { softwareZones, softwareZonesKept, softwareZonesReparented } from './software-zones.ts';
import { staticFreed, staticKept, staticMoved, staticOwnership } from './static.ts';

/** References of page policies, by the model that they hold for. */
export const REFERENCES: Readonly<Record<string, Reference>> = {
  none,
  static: staticOwnership,
  'static,reparenting=lists': staticOwnership,
  'static,limits=v1': staticMoved,
  'static,removal=zombie': staticKept,
  'static,removal=zombie,reclaim=generations': staticKept,
  'static,removal=free': staticFreed,
  'static,removal=recharge': staticRecharged,
  'static,owner=guarantee,removal=recharge': ckrm,
  partial,
  'partial,removal=zombie': partialKept,
  'partial,removal=free': partial,
  'partial,shares=equal': partialEqual,
  rss,
  'rss,counting=process': rssByProcess,
  'rss,counting=first': rssByFirst,
  'software-zones': softwareZones,
  'software-zones,removal=reparent': softwareZonesReparented,
  'software-zones,removal=zombie': softwareZonesKept,
  'software-zones,juggler=idle-zones': softwareZones,
  'software-zones,removal=zombie,juggler=idle-zones': softwareZonesKept,
  'pages=smemcg': smemcg,
  'pages=smemcg,maps=each': smemcg,
  'pages=smemcg,current=whole': smemcg,
  'pages=smemcg,removal=reparent': smemcgReparented,
};

/** What containers owe to shared-memory containers, by model: it counts in them and their ancestors below the root. */
export const BORROWED: Readonly<Record<string, Reference>> = {
  'pages=smemcg': borrowedOnce,
  'pages=smemcg,maps=each': borrowedEach,
  'pages=smemcg,current=whole': borrowedWhole,
  'pages=smemcg,removal=reparent': borrowedOnce,
};
