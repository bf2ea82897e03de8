const INTEGER = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const DECIMAL = new Intl.NumberFormat('en-US', { maximumFractionDigits: 3 });
const ONE_DECIMAL = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `1,234,567`; below 10 with up to three decimals. */
export function formatNumber(value: number): string {
  return (Math.abs(value) < 10 ? DECIMAL : INTEGER).format(value);
}

/** For a number that stands alone: `1,234,567`, `27.8`, `0.125`. */
export function formatTotal(value: number): string {
  const isShort = Number.isInteger(value) || Math.abs(value) < 10 || Math.abs(value) >= 1000;
  return isShort ? formatNumber(value) : ONE_DECIMAL.format(value);
}

/** `1.2K`, `3.4M`: for axes and other narrow places. */
export function formatShort(value: number): string {
  const size = Math.abs(value);
  for (const [least, unit] of [
    [1e12, 'T'],
    [1e9, 'G'],
    [1e6, 'M'],
    [1e4, 'K'],
  ] as const) {
    if (size >= least)
      return `${DECIMAL.format(Number((value / (least === 1e4 ? 1e3 : least)).toPrecision(3)))}${unit}`;
  }
  return DECIMAL.format(Number(value.toPrecision(4)));
}

/** `12.3 MiB`. */
export function formatBytes(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 2 : 1)} ${UNITS[unit]!}`;
}

/** `0.8 ms`, `12 ms`, `1.4 s`. */
export function formatMs(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** What stands in a cell: nulls and objects too. */
export function formatCell(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'number') return Number.isInteger(value) ? INTEGER.format(value) : DECIMAL.format(value);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** `2026-11-23 07:31:05`, in UTC as everything the engine says. A time beyond what a browser counts stays as it is written. */
export function formatTime(time: number | string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? String(time) : date.toISOString().slice(0, 19).replace('T', ' ');
}
