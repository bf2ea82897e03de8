// Compiles src/vectors/kernels/assembly to dist/kernels.wasm.
//
//   node scripts/build-kernels.mjs              builds
//   node scripts/build-kernels.mjs --if-stale   builds unless the module is newer than its sources
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { entrySource } from './kernel-exports.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = join(root, 'src/vectors/kernels/assembly');
const ENTRY = 'exports.ts';
const OPTIONS = [
  '-O3',
  '--noAssert',
  ['--runtime', 'stub'],
  ['--use', 'abort='],
  ['--enable', 'simd'],
  ['--enable', 'bulk-memory'],
  ['--enable', 'threads'],
  '--importMemory',
  '--noExportMemory',
  // Any shared memory fits these bounds.
  '--sharedMemory',
  ['--initialMemory', '1'],
  ['--maximumMemory', '65536'],
].flat();

/** @returns {string} where the module lies in a build tree */
export function modulePath(dist) {
  return join(dist, 'kernels.wasm');
}

export async function buildKernels(dist = join(root, 'dist')) {
  // Taken first: a source that changes during the build makes it stale.
  const startedAt = new Date();
  const binary = await compile();
  checkModule(binary);
  const path = modulePath(dist);
  const part = `${path}.${process.pid}`;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(part, binary);
  utimesSync(part, startedAt, startedAt);
  renameSync(part, path);
}

export function kernelsAreFresh(dist = join(root, 'dist')) {
  const path = modulePath(dist);
  if (!existsSync(path)) return false;
  const inputs = [sources, ...readdirSync(sources).map((name) => join(sources, name))];
  inputs.push(fileURLToPath(import.meta.url), fileURLToPath(new URL('kernel-exports.mjs', import.meta.url)));
  const builtAtMs = statSync(path).mtimeMs;
  return inputs.every((input) => statSync(input).mtimeMs < builtAtMs);
}

/** The entry file exists only here: it is generated from the list of exports. */
async function compile() {
  const { default: asc } = await import('assemblyscript/asc');
  const entry = entrySource();
  let binary;
  const { error, stderr } = await asc.main([ENTRY, '--outFile', 'kernels.wasm', '--baseDir', sources, ...OPTIONS], {
    readFile(name, baseDir) {
      if (name === ENTRY) return entry;
      const path = join(baseDir, name);
      return existsSync(path) ? readFileSync(path, 'utf8') : null;
    },
    writeFile(name, contents) {
      if (name === 'kernels.wasm') binary = contents;
    },
    listFiles: () => [],
  });
  if (error !== null || binary === undefined) {
    throw new Error(`The kernels do not compile:\n${stderr.toString()}`, { cause: error });
  }
  return binary;
}

/**
 * Each thread instantiates the module over the same memory: nothing may be written there on instantiation. Globals that change would
 * be a stack or heap pointer into that memory.
 */
function checkModule(binary) {
  const START = 8;
  const GLOBAL = 6;
  const DATA = 11;
  for (const { id, contents } of sections(binary)) {
    if (id === START) throw new Error('The kernel module has a start function; kernels have no top-level code');
    if (id === DATA && readLeb(contents, 0).value > 0) {
      throw new Error('The kernel module has a data section; kernels have no static data');
    }
    if (id === GLOBAL && hasMutableGlobal(contents)) {
      throw new Error('The kernel module has a mutable global; kernels keep nothing between calls');
    }
  }
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(binary));
  if (imports.length !== 1 || imports[0].kind !== 'memory') {
    throw new Error(
      `The kernel module imports [${imports.map((i) => i.name).join(', ')}]; it may import its memory only`,
    );
  }
}

function* sections(binary) {
  for (let at = 8; at < binary.length; ) {
    const id = binary[at];
    const { value: size, next } = readLeb(binary, at + 1);
    yield { id, contents: binary.subarray(next, next + size) };
    at = next + size;
  }
}

/** Entries are: type, mutability, constant expression up to `end`. Numbers in expressions may hold the byte of `end`, so they are parsed. */
function hasMutableGlobal(contents) {
  const I32_CONST = 0x41;
  const I64_CONST = 0x42;
  const SIZES = { 0x43: 4, 0x44: 8 };
  let { value: count, next: at } = readLeb(contents, 0);
  for (; count > 0; count--) {
    if (contents[at + 1] === 1) return true;
    const opcode = contents[at + 2];
    if (opcode === I32_CONST || opcode === I64_CONST) at = readLeb(contents, at + 3).next;
    else if (SIZES[opcode] !== undefined) at += 3 + SIZES[opcode];
    else throw new Error(`A global of the kernel module starts with opcode [${opcode}]`);
    at++;
  }
  return false;
}

/** An unsigned LEB128 number (of a signed one only `next` is right). */
function readLeb(bytes, start) {
  let value = 0;
  let at = start;
  for (let factor = 1; ; factor *= 128) {
    const byte = bytes[at++];
    value += (byte & 127) * factor;
    if (byte < 128) return { value, next: at };
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!process.argv.includes('--if-stale') || !kernelsAreFresh()) await buildKernels();
}
