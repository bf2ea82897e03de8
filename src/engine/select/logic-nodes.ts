import type { Pointer } from '../../vectors/kernels/kernel-set.js';
import { markRows, selectMarked, selectUnmarked } from '../../vectors/kernels/select.js';
import { CONVERT_ROW_NS, LIST_ROW_NS } from './costs.js';
import { opposite, type Verdict, type ZoneOf } from '../filter/filter-verdict.js';
import type { BlockScope, Found, SelectorNode } from './selector-node.js';
import type { Workspace } from './workspace.js';

const BLOCK_ROWS = 65_536;

/** The fields whose rows must be looked at; what zones decide is left out. The others are asked cheap and selective ones first. */
function undecided(fields: readonly SelectorNode[], scope: BlockScope): SelectorNode[] {
  return fields.filter((field) => field.verdict(scope) === 'some');
}

/** Decides by zones; what they decide together is not looked at further, for its columns need not have been loaded. */
export type ByZones = (zoneOf: ZoneOf) => Verdict;

export class AndNode implements SelectorNode {
  readonly #fields: readonly SelectorNode[];
  readonly #byZones: ByZones;
  readonly #depth: number;
  readonly #workspace: Workspace;

  constructor(fields: readonly SelectorNode[], byZones: ByZones, depth: number, workspace: Workspace) {
    this.#fields = fields;
    this.#byZones = byZones;
    this.#depth = depth;
    this.#workspace = workspace;
  }

  verdict(scope: BlockScope): Verdict {
    const known = this.#byZones(scope.zoneOf);
    if (known !== 'some') return known;
    let verdict: Verdict = 'all';
    for (const field of this.#fields) {
      const own = field.verdict(scope);
      if (own === 'none') return 'none';
      if (own === 'some') verdict = 'some';
    }
    return verdict;
  }

  cost(scope: BlockScope): number {
    let cost = 0;
    let share = 1;
    for (const field of this.#ordered(scope)) {
      cost += field.cost(scope) * Math.max(share, 0.05);
      share *= field.share(scope);
    }
    return cost;
  }

  share(scope: BlockScope): number {
    return undecided(this.#fields, scope).reduce((share, field) => share * field.share(scope), 1);
  }

  bits(scope: BlockScope, out: Pointer): number {
    const found = this.find(scope, out);
    if (found.rows !== 0) {
      const { kernels } = this.#workspace;
      kernels.bitsRange(0, 0, scope.numRows, out);
      kernels.bitsAddRows(found.rows, found.count, out);
    }
    return found.count;
  }

  /** Goes over to a list as soon as the remaining fields are cheaper on the rows that are left. */
  find(scope: BlockScope, out: Pointer): Found {
    const { kernels } = this.#workspace;
    const fields = this.#ordered(scope);
    let found = fields[0]!.find(scope, out);
    for (let i = 1; i < fields.length && found.count > 0; i++) {
      const rest = fields.slice(i);
      if (found.rows !== 0 || this.#isListCheaper(rest, found.count, scope)) {
        return this.#narrow(rest, found, scope, out);
      }
      const other = this.#workspace.bits(this.#depth);
      fields[i]!.bits(scope, other);
      found = { rows: 0, count: kernels.bitsAnd(out, other, scope.numRows, out) };
    }
    return found;
  }

  keep(scope: BlockScope, rows: Uint16Array, n: number): number {
    let count = n;
    for (const field of this.#ordered(scope)) {
      if (count === 0) return 0;
      count = field.keep(scope, rows, count);
    }
    return count;
  }

  #narrow(rest: readonly SelectorNode[], found: Found, scope: BlockScope, bits: Pointer): Found {
    const { kernels } = this.#workspace;
    const list = this.#workspace.rows(this.#depth);
    if (found.rows === 0) kernels.bitsToRows(bits, scope.numRows, list.pointer);
    else if (found.rows !== list.pointer) {
      list.rows.set(this.#workspace.rowsAt(found.rows, found.count));
    }
    let count = found.count;
    for (const field of rest) {
      if (count === 0) break;
      count = field.keep(scope, list.rows, count);
    }
    return { rows: list.pointer, count };
  }

  #isListCheaper(rest: readonly SelectorNode[], count: number, scope: BlockScope): boolean {
    if (count >= BLOCK_ROWS / 4) return false;
    let byBits = 0;
    for (const field of rest) byBits += field.cost(scope);
    return count * (2 * CONVERT_ROW_NS + LIST_ROW_NS * rest.length) < byBits;
  }

  /** By cost for each row that is left out. */
  #ordered(scope: BlockScope): readonly SelectorNode[] {
    const open = undecided(this.#fields, scope);
    if (open.length < 2) return open;
    const ranked = open.map((field) => ({ field, rank: field.cost(scope) / (1.001 - field.share(scope)) }));
    return ranked.sort((a, b) => a.rank - b.rank).map(({ field }) => field);
  }
}

export class OrNode implements SelectorNode {
  readonly #fields: readonly SelectorNode[];
  readonly #byZones: ByZones;
  readonly #depth: number;
  readonly #workspace: Workspace;
  readonly #lists = new Lists();

  constructor(fields: readonly SelectorNode[], byZones: ByZones, depth: number, workspace: Workspace) {
    this.#fields = fields;
    this.#byZones = byZones;
    this.#depth = depth;
    this.#workspace = workspace;
  }

  verdict(scope: BlockScope): Verdict {
    const known = this.#byZones(scope.zoneOf);
    if (known !== 'some') return known;
    let verdict: Verdict = 'none';
    for (const field of this.#fields) {
      const own = field.verdict(scope);
      if (own === 'all') return 'all';
      if (own === 'some') verdict = 'some';
    }
    return verdict;
  }

  cost(scope: BlockScope): number {
    return undecided(this.#fields, scope).reduce((cost, field) => cost + field.cost(scope), 0);
  }

  share(scope: BlockScope): number {
    return 1 - undecided(this.#fields, scope).reduce((share, field) => share * (1 - field.share(scope)), 1);
  }

  bits(scope: BlockScope, out: Pointer): number {
    const { kernels } = this.#workspace;
    let count = -1;
    for (const field of undecided(this.#fields, scope)) {
      if (count < 0) {
        count = field.bits(scope, out);
        continue;
      }
      if (count === scope.numRows) break;
      const other = this.#workspace.bits(this.#depth);
      field.bits(scope, other);
      count = kernels.bitsOr(out, other, scope.numRows, out);
    }
    return count;
  }

  find(scope: BlockScope, out: Pointer): Found {
    const open = undecided(this.#fields, scope);
    if (open.length === 1) return open[0]!.find(scope, out);
    return { rows: 0, count: this.bits(scope, out) };
  }

  /** Each field sees only the rows that no field before it has matched. */
  keep(scope: BlockScope, rows: Uint16Array, n: number): number {
    const { marks, rest, found } = this.#lists.reserve(n);
    rest.set(rows.subarray(0, n));
    let left = n;
    for (const field of undecided(this.#fields, scope)) {
      if (left === 0) break;
      found.set(rest.subarray(0, left));
      const matched = field.keep(scope, found, left);
      markRows(found, matched, marks, 1);
      left = selectUnmarked(marks, rest, left, rest);
    }
    const count = selectMarked(marks, rows, n, rows);
    markRows(rows, count, marks, 0);
    return count;
  }
}

export class NotNode implements SelectorNode {
  readonly #field: SelectorNode;
  readonly #workspace: Workspace;
  readonly #lists = new Lists();

  /** @param field finds the rows that are left out */
  constructor(field: SelectorNode, workspace: Workspace) {
    this.#field = field;
    this.#workspace = workspace;
  }

  verdict(scope: BlockScope): Verdict {
    return opposite(this.#field.verdict(scope));
  }

  cost(scope: BlockScope): number {
    return this.#field.cost(scope);
  }

  share(scope: BlockScope): number {
    return 1 - this.#field.share(scope);
  }

  bits(scope: BlockScope, out: Pointer): number {
    this.#field.bits(scope, out);
    return this.#workspace.kernels.bitsNot(out, scope.numRows, out);
  }

  find(scope: BlockScope, out: Pointer): Found {
    return { rows: 0, count: this.bits(scope, out) };
  }

  keep(scope: BlockScope, rows: Uint16Array, n: number): number {
    const { marks, found } = this.#lists.reserve(n);
    found.set(rows.subarray(0, n));
    const left = this.#field.keep(scope, found, n);
    markRows(found, left, marks, 1);
    const count = selectUnmarked(marks, rows, n, rows);
    markRows(found, left, marks, 0);
    return count;
  }
}

/** Reused buffers of one node: a mark per row of a block, all 0 between uses, and two lists. */
class Lists {
  #marks: Uint8Array | undefined;
  #rest = new Uint16Array(0);
  #found = new Uint16Array(0);

  /** Lists with rows that come more than once can be longer than a block. */
  reserve(n: number): { readonly marks: Uint8Array; readonly rest: Uint16Array; readonly found: Uint16Array } {
    if (this.#rest.length < n) {
      this.#rest = new Uint16Array(n);
      this.#found = new Uint16Array(n);
    }
    this.#marks ??= new Uint8Array(BLOCK_ROWS);
    return { marks: this.#marks, rest: this.#rest, found: this.#found };
  }
}
