import { formatBytes, formatCount, formatNs, THIN } from '../../base/figures.ts';
import type { Figure } from './types.ts';

const upTo = (value: number, decimals: number): string => (Number.isInteger(value) ? formatCount(value) : value.toFixed(decimals));

/** A figure's value with its unit, for people. */
export function figureText({ value, unit }: Pick<Figure, 'value' | 'unit'>): string {
  switch (unit) {
    case 'share':
      return `${(value * 100).toFixed(value === 0 || value === 1 ? 0 : 1)}${THIN}%`;
    case 'bytes':
      return value === 0 ? `0${THIN}B` : value < 100 && !Number.isInteger(value) ? `${value.toFixed(1)}${THIN}B` : formatBytes(Math.round(value));
    case 'operations':
      return upTo(value, 1);
    case 'pages':
      return formatCount(value);
    case 'ns':
      return formatNs(value);
    case 'factor':
      return `${value.toFixed(2)}${THIN}×`;
    case 'count':
      return formatCount(value);
  }
}
