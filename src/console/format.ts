const INTEGER = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const DECIMAL = new Intl.NumberFormat('en-US', { maximumFractionDigits: 3 });
const TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** `1,234,567`, rounded. */
export function formatInteger(value: number): string {
  return INTEGER.format(value);
}

/** At most three decimals. */
export function formatDecimal(value: number): string {
  return DECIMAL.format(value);
}

/** `19:04:05`, by the reader's clock. */
export function formatTime(timeMs: number): string {
  return TIME.format(timeMs);
}
