/** IP addresses. @source Druid `query/expression/IPv4Address*.java`, `IPv6AddressMatchExprMacro.java` */
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { asText } from '../coercion.js';
import { type ExprType, ExpressionError } from '../expr.js';
import { constant, type ExprFunction } from './expr-function.js';

const LONG = (): ExprType => 'LONG';
const MAX_ADDRESS = 4294967295n;

function match(name: string, family: 'ipv4' | 'ipv6', isAddress: (text: string) => boolean): ExprFunction {
  return {
    names: [name],
    arity: [2, 2],
    outputType: LONG,
    bind: (args) => {
      const subnet = asText(constant(args, 1, name));
      const [address = '', prefix] = (subnet ?? '').split('/');
      const bits = prefix === undefined ? (family === 'ipv4' ? 32 : 128) : Number(prefix);
      if (!isAddress(address) || !Number.isInteger(bits) || bits < 0 || bits > (family === 'ipv4' ? 32 : 128)) {
        throw new ExpressionError(`Function[${name}] subnet arg has an invalid format: ${subnet}`);
      }
      const list = new BlockList();
      list.addSubnet(address, bits, family);
      return ([value]) => {
        const text = typeof value === 'bigint' && family === 'ipv4' ? addressText(value) : asText(value!);
        return text !== null && isAddress(text) && list.check(text, family) ? 1n : 0n;
      };
    },
  };
}

const parse: ExprFunction = {
  names: ['ipv4_parse'],
  arity: [1, 1],
  outputType: LONG,
  bind:
    () =>
    ([value]) => {
      if (typeof value === 'bigint') return value >= 0n && value <= MAX_ADDRESS ? value : null;
      if (typeof value !== 'string' || !isIPv4(value)) return null;
      return BigInt(value.split('.').reduce((address, part) => address * 256 + Number(part), 0));
    },
};

const stringify: ExprFunction = {
  names: ['ipv4_stringify'],
  arity: [1, 1],
  outputType: () => 'STRING',
  bind:
    () =>
    ([value]) => {
      if (typeof value === 'string') return isIPv4(value) ? value : null;
      return typeof value === 'bigint' ? addressText(value) : null;
    },
};

function addressText(address: bigint): string | null {
  if (address < 0n || address > MAX_ADDRESS) return null;
  const value = Number(address);
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join('.');
}

export const networkFunctions: readonly ExprFunction[] = [
  match('ipv4_match', 'ipv4', isIPv4),
  match('ipv6_match', 'ipv6', isIPv6),
  parse,
  stringify,
];
