/** Literals and calls of the native expression language as Druid's planner prints them. @source Druid `DruidExpression.java` */
import { formatDouble } from '../../common/java-number.js';

const SAFE = /^[\p{L}\p{Nd} ,._\-;:(){}[\]<>!@#$%^&*`~?/]$/u;

export function columnText(name: string): string {
  return `"${escaped(name)}"`;
}

export function stringText(value: string): string {
  return `'${escaped(value)}'`;
}

export function numberText(value: number | bigint): string {
  if (typeof value === 'bigint') return String(value);
  if (Number.isNaN(value)) return 'NaN';
  return formatDouble(value);
}

export function callText(name: string, ...args: readonly string[]): string {
  return `${name}(${args.join(',')})`;
}

function escaped(text: string): string {
  let out = '';
  for (const unit of text.split('')) {
    out += SAFE.test(unit) ? unit : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  }
  return out;
}

/** The value of a literal in a native text, when it is a string literal; null when it is `null`. */
export function unquoted(text: string): string | null {
  if (text === 'null') return null;
  return text
    .slice(1, -1)
    .replaceAll(/\\u([0-9a-f]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}
