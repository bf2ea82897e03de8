import { readFile, readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FORMAT_VERSION } from '../../src/segments/format/descriptor-layout.js';
import { verifySegment } from '../../src/segments/format/verify.js';
import { INFO, OpenSegment, writeSegment } from '../unit/segments/segment-fixture.js';
import { SAMPLE } from './sample.js';

const samples = fileURLToPath(new URL('./segment', import.meta.url));
const current = `v${FORMAT_VERSION}`;

// A new format version: MILLRACE_WRITE_SAMPLE=true npx vitest run test/format, then commit the directory.
if (process.env['MILLRACE_WRITE_SAMPLE'] === 'true') await writeSegment(join(samples, current), SAMPLE);
const versions = await readdir(samples);

describe('stored segments of every format version', () => {
  it('include the version that is written now', () => {
    expect(versions).toContain(current);
  });

  it.each(versions)('%s is intact and reads as the rows it was made of', async (version) => {
    const directory = join(samples, version);
    const descriptor = await verifySegment(directory);
    expect(descriptor.info).toEqual(INFO);
    expect(descriptor.columns.filter(({ index }) => index !== undefined).map(({ name }) => name)).toEqual([
      'page',
      'tags',
    ]);
    const opened = await OpenSegment.open(directory);
    const types = descriptor.columns.map(({ name, type }) => [name, type]);
    expect(types).toEqual(SAMPLE.map(({ name, type }) => [name, type]));
    for (const { name, values } of SAMPLE) expect(opened.values(name)).toEqual(values);
  });
});

describe('docs/format/segment.md', () => {
  it('shows the bytes of the sample as they are', async () => {
    const page = await readFile(fileURLToPath(new URL('../../docs/format/segment.md', import.meta.url)), 'utf8');
    const dumps = page.split('```').filter((block) => /^\s*[0-9a-f]{8}: /.test(block));
    const files = ['segment.bin', 'data.arrow', 'index.roaring'];
    expect(dumps).toHaveLength(files.length);
    for (const [i, name] of files.entries()) {
      const bytes = await readFile(join(samples, 'v1', name));
      for (const [, at, hex] of dumps[i]!.matchAll(/^([0-9a-f]{8}): ((?:[0-9a-f]{2,4} )+) /gm)) {
        const shown = hex!.replaceAll(' ', '');
        const offset = Number.parseInt(at!, 16);
        expect(bytes.subarray(offset, offset + shown.length / 2).toString('hex'), `${name} ${at}`).toBe(shown);
      }
    }
  });
});
