import { TIME_COLUMN } from '../../common/column-type.js';
import type { Rex } from '../rex/rex.js';
import { rexKey } from '../rex/rex-tools.js';
import { isDatetime, isText } from '../types/type-families.js';
import { instantOf, lowerExpression } from './lower-expression.js';
import type { LoweringContext, NativeSignature, VirtualColumnRegistry } from './native-expression.js';
import { nativeTypeOf } from './native-type.js';
import { timeFloorBounds } from './time-floor-bounds.js';
import { type Bounds, boundsOf, intersected, isEmpty, rangeJson } from './value-bounds.js';

type Json = Readonly<Record<string, unknown>>;
type Call = Extract<Rex, { kind: 'call' }>;
type Literal = Extract<Rex, { kind: 'literal' }>;

/** Fewer values than this stay single equalities. */
const MIN_IN_VALUES = 2;

/** @source Druid `sql/calcite/expression/Expressions.toFilter` */
export function lowerFilter(
  rex: Rex,
  signature: NativeSignature,
  registry: VirtualColumnRegistry | null,
  context: LoweringContext,
): Json {
  return new FilterLowering(signature, registry, context).filter(rex);
}

class FilterLowering {
  readonly #signature: NativeSignature;
  readonly #registry: VirtualColumnRegistry | null;
  readonly #context: LoweringContext;
  /** Whether what is lowered stands in a negation, where false and unknown are not the same. */
  #isNegated = false;

  constructor(signature: NativeSignature, registry: VirtualColumnRegistry | null, context: LoweringContext) {
    this.#signature = signature;
    this.#registry = registry;
    this.#context = context;
  }

  filter(rex: Rex): Json {
    if (rex.kind === 'literal') return { type: rex.value === true ? 'true' : 'false' };
    if (rex.kind === 'call') return this.#call(rex);
    return this.#truthy(rex);
  }

  #call(rex: Call): Json {
    const [first] = rex.operands;
    switch (rex.operator) {
      case 'AND':
        return this.#and(rex);
      case 'OR':
        return this.#or(rex);
      case 'NOT':
        return not(this.#negated(first!));
      case 'IS NULL':
      case 'IS UNKNOWN':
        if (!this.#hasColumn(first!)) return this.#expression(rex);
        return { type: 'null', column: this.#columnOf(first!) };
      case 'IS NOT NULL':
      case 'IS NOT UNKNOWN':
        if (!this.#hasColumn(first!)) return this.#expression(rex);
        return not({ type: 'null', column: this.#columnOf(first!) });
      case 'IS TRUE':
        return { type: 'istrue', field: this.filter(first!) };
      case 'IS NOT TRUE':
        return not({ type: 'istrue', field: this.filter(first!) });
      case 'IS FALSE':
        return { type: 'isfalse', field: this.#negated(first!) };
      case 'IS NOT FALSE':
        return not({ type: 'isfalse', field: this.#negated(first!) });
      case '<>':
        return this.#unequal(rex);
      case 'LIKE':
      case 'NOT LIKE':
        return this.#like(rex);
      case 'REGEXP_LIKE':
      case 'CONTAINS_STRING':
      case 'ICONTAINS_STRING':
        return this.#textTest(rex) ?? this.#expression(rex);
      default:
        return this.#comparison(rex) ?? this.#expression(rex);
    }
  }

  #negated(rex: Rex): Json {
    const before = this.#isNegated;
    this.#isNegated = true;
    const lowered = this.filter(rex);
    this.#isNegated = before;
    return lowered;
  }

  /** Bounds of one value become one range. */
  #and(rex: Call): Json {
    const fields: Json[] = [];
    const ranges = new Map<string, { at: number; bounds: Bounds; value: Rex }>();
    for (const operand of rex.operands) {
      const bounded = operand.kind === 'call' ? this.#bounded(operand) : undefined;
      if (bounded === undefined) {
        fields.push(this.filter(operand));
        continue;
      }
      const { value, bounds } = bounded;
      const key = rexKey(value);
      const known = ranges.get(key);
      const both = known === undefined ? bounds : intersected(known.bounds, bounds);
      if (known === undefined) ranges.set(key, { at: fields.push({}) - 1, bounds, value });
      else if (this.#isNegated && isEmpty(both)) fields.push(this.filter(operand));
      else known.bounds = both;
    }
    for (const { at, bounds, value } of ranges.values()) fields[at] = this.#range(value, bounds);
    return fields.length === 1 ? fields[0]! : { type: 'and', fields };
  }

  /** Equalities of one value become one IN, where the first of them stands. */
  #or(rex: Call): Json {
    const fields: Json[] = [];
    const sets = new Map<string, { at: number; value: Rex; literals: Literal[] }>();
    for (const operand of rex.operands) {
      const compared = operand.kind === 'call' ? this.#compared(operand) : undefined;
      if (compared?.operator !== '=' || compared.literal.value === null || this.#floored(compared) !== undefined) {
        fields.push(this.filter(operand));
        continue;
      }
      const key = rexKey(compared.value);
      const known = sets.get(key);
      if (known !== undefined) known.literals.push(compared.literal);
      else sets.set(key, { at: fields.push({}) - 1, value: compared.value, literals: [compared.literal] });
    }
    for (const { at, value, literals } of sets.values()) fields[at] = this.#oneOf(value, literals);
    const possible = fields.filter(({ type }) => type !== 'false');
    if (possible.length === 0) return { type: 'false' };
    return possible.length === 1 ? possible[0]! : { type: 'or', fields: possible };
  }

  #oneOf(value: Rex, literals: readonly Literal[]): Json {
    const bounds = literals.map((literal) => boundsOf('=', this.#literal(literal))!);
    if (literals.length < MIN_IN_VALUES) return this.#range(value, bounds[0]!);
    const column = this.#columnOf(value);
    const values = [...new Set(bounds.map(({ lower }) => lower))];
    values.sort((a, b) => (a! < b! ? -1 : a! > b! ? 1 : 0));
    if (column === TIME_COLUMN) {
      return { type: 'or', fields: values.map((lower) => this.#range(value, { ...bounds[0]!, lower, upper: lower })) };
    }
    return { type: 'inType', column, matchValueType: nativeTypeOf(value.type), sortedValues: values };
  }

  #unequal(rex: Call): Json {
    const bounded = this.#bounded({ ...rex, operator: '=' });
    if (bounded === undefined) return this.#expression(rex);
    return isEmpty(bounded.bounds) ? { type: 'true' } : not(this.#range(bounded.value, bounded.bounds));
  }

  #comparison(rex: Call): Json | undefined {
    const bounded = this.#bounded(rex);
    return bounded && this.#range(bounded.value, bounded.bounds);
  }

  #range(value: Rex, bounds: Bounds): Json {
    return rangeJson(this.#columnOf(value), this.#typeOf(value), bounds);
  }

  /** The value as filters have it: times are instants. */
  #literal({ value, type }: Literal): unknown {
    if (typeof value === 'bigint' && isDatetime(type)) return instantOf(value, this.#context);
    if (typeof value === 'boolean') return value ? 1 : 0;
    if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
    return value;
  }

  #like(rex: Call): Json {
    const [value, pattern, escape] = rex.operands;
    if (
      pattern?.kind !== 'literal' ||
      (escape !== undefined && escape.kind !== 'literal') ||
      !isText(value!.type) ||
      !this.#hasColumn(value!)
    ) {
      return this.#expression(rex);
    }
    const filter = {
      type: 'like',
      dimension: this.#columnOf(value!),
      pattern: pattern.value,
      escape: escape?.value ?? null,
      extractionFn: null,
    };
    return rex.operator === 'LIKE' ? filter : not(filter);
  }

  #textTest(rex: Call): Json | undefined {
    const [value, pattern] = rex.operands;
    if (value?.kind !== 'input' || pattern?.kind !== 'literal' || typeof pattern.value !== 'string') return undefined;
    const dimension = this.#columnOf(value);
    if (rex.operator === 'REGEXP_LIKE') return { type: 'regex', dimension, pattern: pattern.value, extractionFn: null };
    const caseSensitive = rex.operator === 'CONTAINS_STRING';
    const query = { type: 'contains', value: pattern.value, caseSensitive };
    return { type: 'search', dimension, query, extractionFn: null };
  }

  /** A boolean column or value. */
  #truthy(rex: Rex): Json {
    const { column } = this.#lower(rex);
    if (column === null) return this.#expression(rex);
    return { type: 'equals', column, matchValueType: 'LONG', matchValue: 1 };
  }

  #expression(rex: Rex): Json {
    return { type: 'expression', expression: this.#lower(rex).expression };
  }

  /** Whether a filter can name the value: as a column, or as a virtual one. */
  #hasColumn(rex: Rex): boolean {
    return this.#registry !== null || this.#lower(rex).column !== null;
  }

  #compared(rex: Call): Compared | undefined {
    const compared = compareWithLiteral(rex);
    return compared !== undefined && this.#hasColumn(compared.value) ? compared : undefined;
  }

  /** A value and between what a comparison says it is. */
  #bounded(rex: Call): Bounded | undefined {
    const compared = this.#compared(rex);
    if (compared === undefined) return undefined;
    const bounds = boundsOf(compared.operator, this.#literal(compared.literal));
    return this.#floored(compared) ?? (bounds && { value: compared.value, bounds });
  }

  /** `__time`, when its floor is compared with a time. */
  #floored({ value, operator, literal }: Compared): Bounded | undefined {
    const at = this.#literal(literal);
    if (value.kind !== 'call' || typeof at !== 'number' || !isDatetime(literal.type)) return undefined;
    const bounds = timeFloorBounds(this.#lower(value).expression, operator, at);
    if (bounds === undefined) return undefined;
    const time = value.operands.find((one) => one.kind !== 'literal' && this.#lower(one).column === TIME_COLUMN);
    return time && { value: time, bounds };
  }

  #columnOf(rex: Rex): string {
    const lowered = this.#lower(rex);
    return this.#registry?.columnFor(lowered, rex.type) ?? lowered.column!;
  }

  #typeOf(rex: Rex): string {
    return this.#lower(rex).type ?? nativeTypeOf(rex.type);
  }

  #lower(rex: Rex): ReturnType<typeof lowerExpression> {
    return lowerExpression(rex, this.#signature, this.#context);
  }
}

function not(field: Json): Json {
  return { type: 'not', field };
}

const FLIPPED: Readonly<Record<string, string>> = { '=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

interface Bounded {
  readonly value: Rex;
  readonly bounds: Bounds;
}

interface Compared {
  readonly value: Rex;
  /** With the value on the left. */
  readonly operator: string;
  readonly literal: Literal;
}

function compareWithLiteral({ operator, operands }: Call): Compared | undefined {
  const flipped = FLIPPED[operator];
  const [left, right] = operands;
  if (flipped === undefined || left === undefined || right === undefined) return undefined;
  if (right.kind === 'literal' && left.kind !== 'literal') return { value: left, operator, literal: right };
  if (left.kind === 'literal' && right.kind !== 'literal') return { value: right, operator: flipped, literal: left };
  return undefined;
}
