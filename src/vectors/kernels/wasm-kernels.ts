/**
 * The kernels as WebAssembly: the module is compiled once in a process and posted to its threads, each of which binds it to the memory
 * of every arena that it works on. Instances keep nothing, so any number may share a memory.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DruidError } from '../../common/druid-error.js';
import type { IntType, KernelSet, KeyWidth, RealType, SelectionForm, StateType, ValueType } from './kernel-set.js';

const FORMS: readonly SelectionForm[] = ['all', 'bits', 'rows'];
const KEYS: readonly KeyWidth[] = ['u8', 'u16', 'u32'];
const NARROW_INTS: readonly Exclude<IntType, 'i64'>[] = ['u8', 'i8', 'u16', 'i16', 'u32', 'i32'];
const INTS: readonly IntType[] = [...NARROW_INTS, 'i64'];
const REALS: readonly RealType[] = ['f32', 'f64'];
const VALUES: readonly ValueType[] = [...INTS, ...REALS];
const STATES: readonly StateType[] = ['i64', 'f64'];

let compiled: WebAssembly.Module | undefined;

/** @throws DruidError RUNTIME_FAILURE when the module was not built, or (from sources) is older than its sources */
export function loadKernelModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(readFileSync(findModule()));
  return compiled;
}

/** `memory`: shared. The functions are the instance's own, so a call costs no more than the call. */
export function bindKernels(module: WebAssembly.Module, memory: WebAssembly.Memory): KernelSet {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return {
    sum: formAndType(exports, 'sum'),
    min: formAndType(exports, 'min'),
    max: formAndType(exports, 'max'),
    groupCount: formAndKey(exports, 'groupCount'),
    groupSeen: formAndKey(exports, 'groupSeen'),
    groupSum: formKeyAndType(exports, 'groupSum'),
    groupMin: formKeyAndType(exports, 'groupMin'),
    groupMax: formKeyAndType(exports, 'groupMax'),
    groupCountSum: formKeyAndType(exports, 'groupCountSum'),
    groupMinMax: formKeyAndType(exports, 'groupMinMax'),
    pickFirst: formAndKey(exports, 'pickFirst'),
    pickLast: formAndKey(exports, 'pickLast'),
    pickEarliest: formKeyAndType(exports, 'pickEarliest', INTS),
    pickLatest: formKeyAndType(exports, 'pickLatest', INTS),
    hashUtf8: single(exports, 'hashUtf8'),
    hashUtf16: single(exports, 'hashUtf16'),
    mergeSum: byOne(exports, 'mergeSum', STATES),
    mergeMin: byOne(exports, 'mergeMin', STATES),
    mergeMax: byOne(exports, 'mergeMax', STATES),
    mergeMaxU8: single(exports, 'mergeMaxU8'),
    packIds: byOne(exports, 'packIds', KEYS),
    packRemapped: byOne(exports, 'packRemapped', KEYS),
    packInts: byOne(exports, 'packInts', INTS),
    packTimeBuckets: byOne(exports, 'packTimeBuckets', INTS),
    hashGroups: byOne(exports, 'hashGroups', FORMS),
    hashRebuild: single(exports, 'hashRebuild'),
    selectIds: byOne(exports, 'selectIds', KEYS),
    selectIdRange: byOne(exports, 'selectIdRange', KEYS),
    selectMultiIds: byOne(exports, 'selectMultiIds', KEYS),
    selectIntRange: byOne(exports, 'selectIntRange', NARROW_INTS),
    selectI64Range: single(exports, 'selectI64Range'),
    selectRealRange: byOne(exports, 'selectRealRange', REALS),
    selectNotNull: single(exports, 'selectNotNull'),
    bitsAnd: single(exports, 'bitsAnd'),
    bitsOr: single(exports, 'bitsOr'),
    bitsNot: single(exports, 'bitsNot'),
    bitsCount: single(exports, 'bitsCount'),
    bitsRange: single(exports, 'bitsRange'),
    bitsAddRows: single(exports, 'bitsAddRows'),
    bitsAddBitmap: single(exports, 'bitsAddBitmap'),
    bitsAddRuns: single(exports, 'bitsAddRuns'),
    bitsToRows: single(exports, 'bitsToRows'),
    toF64: byOne(exports, 'toF64', VALUES),
    toI64: byOne(exports, 'toI64', INTS),
    multiplyInts: byTwo(exports, 'multiplyInts', KEYS, KEYS),
    multiplyByInts: byOne(exports, 'multiplyByInts', KEYS),
    add: byOne(exports, 'add', STATES),
    subtract: byOne(exports, 'subtract', STATES),
    multiply: byOne(exports, 'multiply', STATES),
    affine: byOne(exports, 'affine', STATES),
    topK: byOne(exports, 'topK', STATES),
    nonEmpty: single(exports, 'nonEmpty'),
    narrowReals: byTwo(exports, 'narrowReals', REALS, KEYS),
    unpackNulls: single(exports, 'unpackNulls'),
    measureIds: byOne(exports, 'measureIds', KEYS),
    writeIds: byOne(exports, 'writeIds', KEYS),
    measureInts: byOne(exports, 'measureInts', INTS),
    writeInts: byOne(exports, 'writeInts', INTS),
    writeBytes: single(exports, 'writeBytes'),
  };
}

/** How a call of `JsonRowKernel` ended; the numbers are the kernel's. */
export const JSON_ROW = { left: 0, whole: 1, notAscii: 2, full: 3 } as const;

/**
 * Reads a JSON object of `length` bytes, followed by 32 zero bytes, into the fields of a schema (its layout: assembly/row-values.ts). `whole`: a row; `notAscii`: a row
 * if the text is UTF-8; `full`: a dictionary needs room, call again; `left`: not plain, for the general parser.
 */
export type JsonRowKernel = (text: number, length: number, schema: number) => number;

/**
 * Reads `n` JSON objects into columns, up to the first that is not a row; `ranges`, `columns` and `time`: assembly/json-row.ts.
 * @returns the number of rows; the u32 at `outcome` says why it ended: `whole` at the end, `left` or `full`
 */
export type JsonRowsKernel = (
  ranges: number,
  n: number,
  schema: number,
  columns: number,
  time: number,
  outcome: number,
) => number;

/** As `JsonRowsKernel`, of lines of delimited fields; `positions` and `stops`: assembly/delimited-rows.ts. */
export type DelimitedRowsKernel = (
  ...args: [...Parameters<JsonRowsKernel>, positions: number, numPositions: number, stops: number]
) => number;

/** @param memory shared; the caller's own */
export function bindDelimitedRows(module: WebAssembly.Module, memory: WebAssembly.Memory): DelimitedRowsKernel {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return instance(exports, 'delimitedRows') as DelimitedRowsKernel;
}

/** @param memory shared; the caller's own */
export function bindJsonRows(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): { readonly row: JsonRowKernel; readonly rows: JsonRowsKernel } {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return {
    row: instance(exports, 'jsonRow') as JsonRowKernel,
    rows: instance(exports, 'jsonRows') as JsonRowsKernel,
  };
}

/** An instance's function is named by the kernel and its choices: groupSum_bits_u16_f64. */
function instance(exports: WebAssembly.Exports, name: string): unknown {
  const kernel = exports[name];
  if (typeof kernel !== 'function') {
    throw new DruidError(`The kernel module has no function [${name}]`, { category: 'DEFENSIVE' });
  }
  return kernel;
}

function table<Choice extends string, Entry>(choices: readonly Choice[], entryOf: (choice: Choice) => Entry) {
  return Object.fromEntries(choices.map((choice) => [choice, entryOf(choice)])) as Record<Choice, Entry>;
}

function single<Name extends keyof KernelSet>(exports: WebAssembly.Exports, name: Name): KernelSet[Name] {
  return instance(exports, name) as KernelSet[Name];
}

function byOne<Name extends keyof KernelSet>(exports: WebAssembly.Exports, name: Name, as: readonly string[]) {
  const kernels = table(as, (a) => instance(exports, `${name}_${a}`));
  return ((a: string) => kernels[a]) as unknown as KernelSet[Name];
}

function byTwo<Name extends keyof KernelSet>(
  exports: WebAssembly.Exports,
  name: Name,
  as: readonly string[],
  bs: readonly string[],
) {
  const kernels = table(as, (a) => table(bs, (b) => instance(exports, `${name}_${a}_${b}`)));
  return ((a: string, b: string) => kernels[a]![b]) as unknown as KernelSet[Name];
}

function formAndKey<Name extends keyof KernelSet>(exports: WebAssembly.Exports, name: Name) {
  return byTwo(exports, name, FORMS, KEYS);
}

function formAndType<Name extends keyof KernelSet>(exports: WebAssembly.Exports, name: Name) {
  return byTwo(exports, name, FORMS, VALUES);
}

function formKeyAndType<Name extends keyof KernelSet>(
  exports: WebAssembly.Exports,
  name: Name,
  types: readonly ValueType[] = VALUES,
) {
  const kernels = table(FORMS, (form) =>
    table(KEYS, (key) => table(types, (type) => instance(exports, `${name}_${form}_${key}_${type}`))),
  );
  return ((form: SelectionForm, key: KeyWidth, type: ValueType) => kernels[form][key][type]) as KernelSet[Name];
}

/** Beside the bundle in a build; run from sources, in the build of the same work tree. */
function findModule(): string {
  const built = fileURLToPath(new URL('./kernels.wasm', import.meta.url));
  if (!import.meta.url.endsWith('.ts')) return built;
  const path = fileURLToPath(new URL('../../../dist/kernels.wasm', import.meta.url));
  const sources = fileURLToPath(new URL('./assembly/', import.meta.url));
  const isFresh = existsSync(path) && newestOf(sources) <= statSync(path).mtimeMs;
  if (isFresh) return path;
  throw new DruidError('The kernel module is missing or older than its sources. Run: node scripts/build-kernels.mjs', {
    category: 'RUNTIME_FAILURE',
    persona: 'DEVELOPER',
  });
}

function newestOf(folder: string): number {
  return Math.max(...readdirSync(folder).map((name) => statSync(`${folder}${name}`).mtimeMs));
}
