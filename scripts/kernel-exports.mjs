// Which instances of the generic AssemblyScript kernels the module exports: one line a kernel, written out for every combination
// of its axes. An instance is called by the kernel's name and its axes, in the order of KernelSet: groupSum_bits_u16_f64.

const KEYS = ['u8', 'u16', 'u32'];
const NARROW_INTS = ['u8', 'i8', 'u16', 'i16', 'u32', 'i32'];
const INTS = [...NARROW_INTS, 'i64'];
const REALS = ['f32', 'f64'];
const AXES = {
  Form: ['All', 'Bits', 'Rows'],
  K: KEYS,
  L: KEYS,
  V: [...INTS, ...REALS],
  Int: INTS,
  NarrowInt: NARROW_INTS,
  Real: REALS,
  T: ['i64', 'f64'],
};

const REDUCE = 'values: usize, base: f64, selection: usize, n: i32, out: usize';
const GROUP = 'keys: usize, values: usize, base: f64, selection: usize, n: i32, keyBase: u32';
const GROUP_COUNT = 'keys: usize, selection: usize, n: i32, keyBase: u32, counts: usize, laneBytes: usize';
const PICK = 'keys: usize, times: usize, selection: usize, n: i32, keyBase: u32, winners: usize, picked: usize';
const TWO = 'a: usize, b: usize, n: i32, out: usize';
const MERGE = 'dst: usize, src: usize, n: i32';
const ID_TEXT = 'ids: usize, offsets: usize, bytes: usize, rows: usize, n: i32';
const INT_TEXT = 'values: usize, base: f64, scale: i32, nulls: usize, rows: usize, n: i32';
const TO_KEY = 'n: i32, out: usize, add: i32';

/** [kernel, axes, module, function with its type arguments, parameters, result] */
const KERNELS = [
  ['sum', 'Form V', 'reduce-sum', 'sum{Form}<{V}>', REDUCE],
  ['min', 'Form V', 'reduce-extreme', 'extreme{Form}<reduce_extreme.Min, {V}>', REDUCE],
  ['max', 'Form V', 'reduce-extreme', 'extreme{Form}<reduce_extreme.Max, {V}>', REDUCE],

  ['groupCount', 'Form K', 'groups', 'groupCount<forms.{Form}, groups.CountStep<{K}>>', GROUP_COUNT],
  ['groupSeen', 'Form K', 'groups', 'groupSeen<forms.{Form}, groups.SeenStep<{K}>>', GROUP_COUNT],
  ...['Sum', 'Min', 'Max'].map((op) => [
    `group${op}`,
    'Form K V',
    'groups',
    `groupReduce<forms.{Form}, groups.${op}Step<{K}, {V}>>`,
    `${GROUP}, states: usize, laneBytes: usize`,
  ]),
  ...['CountSum', 'MinMax'].map((op) => [
    `group${op}`,
    'Form K V',
    'groups',
    `groupPair<forms.{Form}, groups.${op}Step<{K}, {V}>>`,
    `${GROUP}, first: usize, second: usize, laneBytes: usize`,
  ]),

  ...['First', 'Last'].map((op) => [
    `pick${op}`,
    'Form K',
    'pick-rows',
    `pick<forms.{Form}, pick_rows.${op}<{K}>>`,
    PICK,
    'u32',
  ]),
  ...['Earliest', 'Latest'].map((op) => [
    `pick${op}`,
    'Form K Int',
    'pick-rows',
    `pick<forms.{Form}, pick_rows.${op}<{K}, {Int}>>`,
    PICK,
    'u32',
  ]),

  ['hashUtf8', '', 'murmur', 'hashUtf8', 'offsets: usize, bytes: usize, n: i32, seed: u32, out: usize'],
  ['hashUtf16', '', 'murmur', 'hashUtf16', 'offsets: usize, bytes: usize, n: i32, seed: u32, units: usize, out: usize'],

  ['mergeSum', 'T', 'merge', 'merge<merge.Add, {T}>', MERGE],
  ['mergeMin', 'T', 'merge', 'merge<reduce_extreme.Min, {T}>', MERGE],
  ['mergeMax', 'T', 'merge', 'merge<reduce_extreme.Max, {T}>', MERGE],
  ['mergeMaxU8', '', 'merge', 'merge<reduce_extreme.Max, u8>', MERGE],

  ['packIds', 'K', 'keys', 'packIds<{K}>', `ids: usize, stride: u32, ${TO_KEY}`],
  ['packRemapped', 'K', 'keys', 'packRemapped<{K}>', `ids: usize, remap: usize, stride: u32, ${TO_KEY}`],
  ['packInts', 'Int', 'keys', 'packInts<{Int}>', `values: usize, base: f64, from: f64, stride: u32, ${TO_KEY}`],
  [
    'packTimeBuckets',
    'Int',
    'keys',
    'packTimeBuckets<{Int}>',
    `times: usize, base: f64, boundaries: usize, count: u32, stride: u32, ${TO_KEY}`,
  ],

  [
    'hashGroups',
    'Form',
    'hash',
    'hashGroups<forms.{Form}>',
    'high: usize, low: usize, selection: usize, n: i32, table: usize, groups: usize',
    'i32',
  ],
  ['hashRebuild', '', 'hash', 'hashRebuild', 'table: usize'],

  [
    'selectIds',
    'K',
    'filters-by-id',
    'selectIds<{K}>',
    'ids: usize, table: usize, tableSize: u32, n: i32, out: usize',
    'i32',
  ],
  [
    'selectIdRange',
    'K',
    'filters',
    'selectIntRange<{K}>',
    'ids: usize, low: f64, high: f64, n: i32, out: usize',
    'i32',
  ],
  [
    'selectMultiIds',
    'K',
    'filters-by-id',
    'selectMultiIds<{K}>',
    'ids: usize, offsets: usize, table: usize, n: i32, out: usize',
    'i32',
  ],
  [
    'selectIntRange',
    'NarrowInt',
    'filters',
    'selectIntRange<{NarrowInt}>',
    'values: usize, low: f64, high: f64, n: i32, out: usize',
    'i32',
  ],
  [
    'selectI64Range',
    '',
    'filters',
    'selectI64Range',
    'values: usize, low: usize, high: usize, n: i32, out: usize',
    'i32',
  ],
  [
    'selectRealRange',
    'Real',
    'filters',
    'selectRealRange<{Real}>',
    'values: usize, low: f64, high: f64, flags: i32, n: i32, out: usize',
    'i32',
  ],
  ['selectNotNull', '', 'filters', 'selectNotNull', 'nulls: usize, n: i32, out: usize', 'i32'],

  ['bitsAnd', '', 'bits', 'combineBits<bits.And>', TWO, 'i32'],
  ['bitsOr', '', 'bits', 'combineBits<bits.Or>', TWO, 'i32'],
  ['bitsNot', '', 'bits', 'bitsNot', 'a: usize, n: i32, out: usize', 'i32'],
  ['bitsCount', '', 'bits', 'bitsCount', 'a: usize, n: i32', 'i32'],
  ['bitsRange', '', 'bits', 'bitsRange', 'from: u32, to: u32, n: i32, out: usize'],
  ['bitsAddRows', '', 'bits', 'bitsAddRows', 'rows: usize, count: i32, out: usize'],
  ['bitsAddBitmap', '', 'bits', 'bitsAddBitmap', 'words: usize, out: usize'],
  ['bitsAddRuns', '', 'bits', 'bitsAddRuns', 'runs: usize, count: i32, out: usize'],
  ['bitsToRows', '', 'bits', 'bitsToRows', 'words: usize, n: i32, outRows: usize', 'i32'],

  ['toF64', 'V', 'arithmetic', 'toF64<{V}>', 'values: usize, base: f64, divisor: f64, n: i32, out: usize'],
  ['toI64', 'Int', 'arithmetic', 'toI64<{Int}>', 'values: usize, base: f64, factor: f64, n: i32, out: usize'],
  [
    'multiplyInts',
    'K L',
    'arithmetic',
    'multiplyInts<{K}, {L}>',
    'a: usize, aBase: f64, aFactor: f64, b: usize, bBase: f64, bFactor: f64, n: i32, out: usize',
  ],
  [
    'multiplyByInts',
    'K',
    'arithmetic',
    'multiplyByInts<{K}>',
    'a: usize, b: usize, base: f64, factor: f64, n: i32, out: usize',
  ],
  ['add', 'T', 'merge', 'combine<merge.Add, {T}>', TWO],
  ['subtract', 'T', 'merge', 'combine<merge.Subtract, {T}>', TWO],
  ['multiply', 'T', 'merge', 'combine<merge.Multiply, {T}>', TWO],
  ['affine', 'T', 'arithmetic', 'affine<{T}>', 'a: usize, scale: f64, offset: f64, n: i32, out: usize'],

  [
    'topK',
    'T',
    'top-k',
    'topK<{T}>',
    'states: usize, counts: usize, n: u32, k: u32, descending: i32, out: usize, capacity: u32',
    'i32',
  ],
  ['nonEmpty', '', 'top-k', 'nonEmpty', 'counts: usize, n: u32, out: usize', 'i32'],

  [
    'narrowReals',
    'Real K',
    'loading',
    'narrowReals<{Real}, {K}>',
    'values: usize, power: f64, base: f64, n: i32, out: usize',
  ],
  ['unpackNulls', '', 'loading', 'unpackNulls', 'validity: usize, n: i32, out: usize'],

  ['measureIds', 'K', 'cell-text', 'measureIds<{K}>', `${ID_TEXT}, lengths: usize`, 'i32'],
  ['writeIds', 'K', 'cell-text', 'writeIds<{K}>', `${ID_TEXT}, cursors: usize`],
  ['measureInts', 'Int', 'cell-text', 'measureInts<{Int}>', `${INT_TEXT}, lengths: usize`, 'i32'],
  ['writeInts', 'Int', 'cell-text', 'writeInts<{Int}>', `${INT_TEXT}, cursors: usize`],
  ['writeBytes', '', 'cell-text', 'writeBytes', 'source: usize, length: u32, n: i32, cursors: usize'],

  ['jsonRow', '', 'json-row', 'jsonRow', 'text: usize, length: u32, schema: usize', 'i32'],
  [
    'delimitedRows',
    '',
    'delimited-rows',
    'delimitedRows',
    'ranges: usize, n: u32, schema: usize, columns: usize, time: u32, outcome: usize, positions: usize, numPositions: u32, stops: u32',
    'u32',
  ],
  [
    'jsonRows',
    '',
    'json-row',
    'jsonRows',
    'ranges: usize, n: u32, schema: usize, columns: usize, time: u32, outcome: usize',
    'u32',
  ],
];

const spaceOf = (module) => module.replaceAll('-', '_');

/** The AssemblyScript source of the module's entry file. */
export function entrySource() {
  const modules = new Set(['forms', ...KERNELS.map(([, , module]) => module)]);
  const imports = [...modules].map((module) => `import * as ${spaceOf(module)} from "./${module}";`);
  return [...imports, ...KERNELS.flatMap(instances), ''].join('\n');
}

function instances([kernel, axes, module, call, parameters, result = 'void']) {
  const args = parameters.replace(/: \w+/g, '');
  const body = result === 'void' ? '' : 'return ';
  return combinations(axes === '' ? [] : axes.split(' ')).map((chosen) => {
    const name = [kernel, ...Object.values(chosen).map((choice) => choice.toLowerCase())].join('_');
    const target = call.replace(/\{(\w+)\}/g, (_, axis) => chosen[axis]);
    return `export function ${name}(${parameters}): ${result} { ${body}${spaceOf(module)}.${target}(${args}); }`;
  });
}

function combinations([axis, ...others]) {
  if (axis === undefined) return [{}];
  const rest = combinations(others);
  return AXES[axis].flatMap((choice) => rest.map((chosen) => ({ [axis]: choice, ...chosen })));
}
