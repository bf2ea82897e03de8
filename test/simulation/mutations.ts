/**
 * `npm run simulate:mutations [-- --only TEXT] [--count C] [--kill-points]`: takes one safeguard at a time out of a copy of the sources and checks that
 * the simulation, or the power-loss tests, fail without it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

interface Mutation {
  readonly name: string;
  readonly file: string;
  /** Occurs once. */
  readonly find: string;
  readonly replace: string;
  /** Others of the file that go with it, because each of them covers the rest. */
  readonly with?: readonly { readonly find: string; readonly replace: string }[];
  /** A test file to run in place of the simulation. */
  readonly test?: string;
}

const PUBLISH = 'src/metadata/publish.ts';
const LOOP = 'src/indexing/stream/indexing-loop.ts';
const OWNERSHIP = 'src/indexing/stream/group-ownership.ts';
const TASK = 'src/indexing/stream/indexing-task.ts';
/** Brokers that live are waited for as well: only who is taken for dead while it reads needs these. */
const TASK_TEST = 'test/unit/indexing/indexing-task.test.ts';
const VIEW = 'src/metadata/metadata-view.ts';
const POWER_LOSS = 'test/unit/streams/local-log/power-loss.test.ts';

const MUTATIONS: readonly Mutation[] = [
  {
    name: 'a publish does not ask whether the stored vector is still its from',
    file: PUBLISH,
    find: 'if (different !== undefined) {',
    replace: 'if (different === `${request.supervisorId}/never`) {',
  },
  {
    name: 'a publish does not ask whether its lease epoch still holds',
    file: PUBLISH,
    find: 'if (leaseConflict !== undefined) return leaseConflict;',
    replace: 'if (leaseConflict?.keep) return leaseConflict;',
  },
  {
    name: 'a publish asks for no epoch, stored vector or upload',
    file: PUBLISH,
    find: 'if (leaseConflict !== undefined) return leaseConflict;',
    replace: 'if (leaseConflict?.keep) return leaseConflict;',
    with: [
      { find: 'if (different !== undefined) {', replace: 'if (different === `${request.supervisorId}/never`) {' },
      {
        find: `    if (!(await takeUploads(commit, request.segments))) return uploadsGone();
    const added = await append(commit, request.dataSource, request.segments);
    if ('conflict' in added) return conflict('intervals', added.conflict);
    const partitions`,
        replace: `    await takeUploads(commit, request.segments);
    const added = await append(commit, request.dataSource, request.segments);
    if ('conflict' in added) return conflict('intervals', added.conflict);
    const partitions`,
      },
    ],
  },
  {
    name: 'an indexer answers for another epoch than the one asked for',
    file: 'src/indexing/stream/group-runner.ts',
    find: 'all.find((ownership) => ownership.epoch === epoch)',
    replace: 'all.find((ownership) => ownership.epoch === epoch || all.length > 0)',
  },
  {
    name: 'the rows of a published sequence are dropped at once',
    file: 'src/indexing/stream/handoff.ts',
    find: 'if (!brokersPassed(nodes, next.s)) break;',
    replace: 'if (nodes.length < 0 && !brokersPassed(nodes, next.s)) break;',
  },
  {
    name: 'a view has the rows of a spilled sequence both from memory and from its run',
    file: 'src/indexing/stream/sequence-list.ts',
    find: `        spilled.push(sequence.number);
        continue;`,
    replace: '        spilled.push(sequence.number);',
  },
  {
    name: 'memory of a spilled sequence is used again while a query reads it',
    file: TASK,
    find: `      if (this.#pins.has(sequence)) continue;
      this.#freeing`,
    replace: '      this.#freeing',
  },
  {
    name: 'a sequence is dropped while a query reads it',
    file: TASK,
    find: 'if (this.#pins.has(sequence) || this.#runPins.has(sequence)) break;',
    replace: '',
    test: TASK_TEST,
  },
  {
    name: 'a sequence is dropped while a query is on its way to it',
    file: TASK,
    find: 'while (this.#dropping.length > 0 && this.#views.size === 0) {',
    replace: 'while (this.#dropping.length > 0) {',
    test: TASK_TEST,
  },
  {
    name: 'records that a client repeats are taken again',
    file: LOOP,
    find: 'if (record.offset < next) continue;',
    replace: '',
  },
  {
    name: 'a gap at the end of a batch is not passed',
    file: LOOP,
    find: 'this.#vector[partition] = Math.max(batch.nextOffset, this.#vector[partition]!);',
    replace: '',
  },
  {
    name: 'a batch that was not taken whole counts as taken',
    file: LOOP,
    find: `    if (this.#phase !== 'reading') return;
    this.#vector[partition]`,
    replace: '    this.#vector[partition]',
  },
  {
    name: 'dead letters that cannot be stored are given up',
    file: 'src/indexing/stream/sequence-publisher.ts',
    find: `      store.addDeadLetters(this.#spec.id, this.#stream.incarnation, letters),
    );`,
    replace: `      store.addDeadLetters(this.#spec.id, this.#stream.incarnation, letters).catch(() => {}),
    );`,
  },
  {
    name: 'a sequence is published before its dead letters are stored',
    file: OWNERSHIP,
    find: '      await this.#letters;\n',
    replace: '',
  },
  {
    name: 'an indexer goes on after others have taken its group',
    file: 'src/indexing/stream/group-runner.ts',
    find: 'current.lose(`Lease [${this.leaseName}] is in epoch [${lease.epoch}] now`);',
    replace: '',
  },
  {
    name: 'an indexer takes a group from a view of before',
    file: 'src/indexing/stream/group-runner.ts',
    find: 'if (this.#stop.signal.aborted || stored?.lease?.epoch !== lease.epoch) {',
    replace: 'if (this.#stop.signal.aborted || stored === undefined) {',
    with: [{ find: '    await services.view.refresh();\n    const stream', replace: '    const stream' }],
  },
  {
    name: 'a lease is taken from a holder that lives',
    file: 'src/metadata/leases.ts',
    find: 'if (taken && found.expires_at_ms > commit.nowMs) return undo(undefined);',
    replace: 'if (taken && found.expires_at_ms > commit.nowMs + 60_000) return undo(undefined);',
  },
  {
    name: 'a publish adds segments and leaves the offsets',
    file: PUBLISH,
    find: 'const partitions = JSON.stringify({ ...stored?.partitions, ...request.to });',
    replace: 'const partitions = JSON.stringify({ ...request.to, ...stored?.partitions });',
  },
  {
    name: 'a view forgets to take retired segments out',
    file: VIEW,
    find: 'for (const id of changes.segmentsRetired) this.#remove(id);',
    replace: '',
  },
  {
    name: 'a view applies offsets without the segments of the same commit',
    file: VIEW,
    find: 'for (const row of changes.segmentsAdded) this.#add(this.#compact(row));',
    replace: 'for (const row of changes.segmentsAdded) setTimeout(() => this.#add(this.#compact(row)), 0);',
  },
  {
    name: 'segments of a sequence that have come to a historical are not asked for while its offsets are held',
    file: 'src/metadata/held-publishes.ts',
    find: `        held.offsets = first.after;
        for (const id of first.segmentIds) this.#hidden.delete(id);`,
    replace: '        held.offsets = first.after;',
  },
  {
    name: 'what was pushed by a node that lives is taken for given up',
    file: 'src/metadata/uploads.ts',
    find: 'and nodes.heartbeat_at_ms >= ${transactions.now()} - ${silentMs})',
    replace: 'and nodes.heartbeat_at_ms > ${transactions.now()} + ${silentMs})',
    with: [{ find: 'return taken === segments.length;', replace: 'return taken <= segments.length;' }],
  },
  {
    name: 'what is pushed in vain is not deleted',
    file: 'src/metadata/uploads.ts',
    find: "      .where('given_up_at_ms', 'is not', null)\n      .orderBy('given_up_at_ms')",
    replace: "      .where('given_up_at_ms', '=', -1)\n      .orderBy('given_up_at_ms')",
  },
  {
    name: 'a segment that a query needs is pruned by its time',
    file: 'src/broker/fixed-state.ts',
    find: 'segment.row.minTimeMs >= interval.endMs)',
    replace: 'segment.row.maxTimeMs >= interval.endMs)',
  },
  {
    name: 'a compaction does not ask whether its inputs are still used',
    file: PUBLISH,
    find: `      .where('used_to_s', 'is', null)
      .execute();
    found.push(...rows.map(segmentRow));`,
    replace: `      .execute();
    found.push(...rows.map(segmentRow));`,
  },
  {
    name: 'a compaction leaves its inputs used',
    file: PUBLISH,
    find: 'await retire(commit, request.dataSource, request.inputs);',
    replace: '',
  },
  {
    name: 'an append is acknowledged before it is on the disk',
    file: 'src/streams/local-log/partition-log.ts',
    find: `    await this.#file.sync();
    segment.sizeBytes`,
    replace: '    segment.sizeBytes',
    test: POWER_LOSS,
  },
  {
    name: 'a file is renamed before its bytes are on the disk',
    file: 'src/platform/write-atomic.ts',
    find: 'await handle.sync();',
    replace: '',
    test: 'test/unit/deep-storage/power-loss.test.ts',
  },
];

const COPIED = [
  'src',
  'test',
  'types',
  'scripts',
  'dist/kernels.wasm',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
];

const root = fileURLToPath(new URL('../..', import.meta.url));
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    count: { type: 'string', default: '12' },
    'kill-points': { type: 'boolean', default: false },
  },
});

const missed: string[] = [];
for (const mutation of MUTATIONS.filter(({ name }) => name.includes(values.only))) {
  const found = await isFound(mutation);
  process.stdout.write(`${found.isFound ? 'found ' : 'MISSED'} ${mutation.name}: ${found.says}\n`);
  if (!found.isFound) missed.push(mutation.name);
}
process.exit(missed.length === 0 ? 0 : 1);

async function isFound(mutation: Mutation): Promise<{ readonly isFound: boolean; readonly says: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-mutation-'));
  try {
    for (const part of COPIED)
      await cp(join(root, part), join(directory, part), { recursive: true, preserveTimestamps: true });
    await symlink(join(root, 'node_modules'), join(directory, 'node_modules'));
    const path = join(directory, mutation.file);
    let source = await readFile(path, 'utf8');
    for (const { find, replace } of [mutation, ...(mutation.with ?? [])]) {
      if (source.split(find).length !== 2) throw new Error(`[${mutation.file}] has changed: ${mutation.name}`);
      source = source.replace(find, () => replace);
    }
    await writeFile(path, source);
    return await run(directory, mutation.test);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Found = something fails; what could not start at all is an error. */
async function run(
  directory: string,
  test: string | undefined,
): Promise<{ readonly isFound: boolean; readonly says: string }> {
  const simulate = ['--import', 'tsx', 'test/simulation/run.ts', '--count', values.count];
  if (values['kill-points']) simulate.push('--kill-points');
  const args = test === undefined ? simulate : ['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit', test];
  const child = spawn(process.execPath, args, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.resume();
  const [code] = (await once(child, 'exit')) as [number | null];
  const says = output.split('\n').findLast((line) => /FAILS|holds|AssertionError|Seed|passed|failed/.test(line));
  if (says === undefined) throw new Error(`Nothing ran: ${output.slice(-500)}`);
  const isFailure = code !== 0;
  if (isFailure && !/FAILS|AssertionError|failed/.test(output)) throw new Error(`It ended by itself: ${says}`);
  return { isFound: isFailure, says: says.trim().slice(0, 200) };
}
