import type { NativeSignature } from './native-expression.js';

/** `d` for `d0`, `d1`, …, or with underscores in front while a column of the source has such a name. @source Druid `Calcites.findUnusedPrefixForDigits` */
export function unusedPrefixForDigits(base: string, signature: NativeSignature): string {
  let prefix = base;
  const isTaken = ({ name }: { readonly name: string }): boolean =>
    name.startsWith(prefix) && /^\d/.test(name.slice(prefix.length));
  while (signature.some(isTaken)) prefix = `_${prefix}`;
  return prefix;
}
