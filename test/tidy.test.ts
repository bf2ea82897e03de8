import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise, type ICruiseResult, type IFlattenedRuleSet } from 'dependency-cruiser';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const maxFileLines = 500;
const maxFunctionLines = 70;

const tracked = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root })
  .toString('utf8')
  .split('\0')
  .filter((path) => path !== '' && existsSync(join(root, path)));
const code = tracked.filter((path) => /^(src|test|bench|scripts)\/.*\.(tsx?|mjs|cjs|js)$/.test(path));
const sources = code.filter((path) => /^src\/.*\.tsx?$/.test(path));
const text = (path: string): string => readFileSync(join(root, path), 'utf8');
const folders = readdirSync(join(root, 'src'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

/** `path:line` of each line that matches. */
function linesMatching(paths: readonly string[], pattern: RegExp): string[] {
  return paths.flatMap((path) =>
    text(path)
      .split('\n')
      .flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1}`] : [])),
  );
}

function longFunctions(path: string): string[] {
  const file = ts.createSourceFile(path, text(path), ts.ScriptTarget.ES2023);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node)) {
      const first = file.getLineAndCharacterOfPosition(node.getStart(file)).line;
      const lines = file.getLineAndCharacterOfPosition(node.end).line - first + 1;
      if (lines > maxFunctionLines) found.push(`${path}:${first + 1} has ${lines} lines`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

interface LayerConfig {
  readonly forbidden: NonNullable<IFlattenedRuleSet['forbidden']>;
  readonly options: Record<string, unknown>;
}

const layers = createRequire(import.meta.url)('../.dependency-cruiser.cjs') as LayerConfig;

async function cruiseLayers(baseDir: string): Promise<ICruiseResult['summary']> {
  const { tsConfig: _, ...options } = layers.options;
  const result = await cruise(['src'], {
    ...options,
    baseDir,
    ruleSet: { forbidden: layers.forbidden },
    validate: true,
  });
  return (result.output as ICruiseResult).summary;
}

describe('house rules', () => {
  test('every folder of src has a README.md', () => {
    expect(folders.filter((name) => !existsSync(join(root, 'src', name, 'README.md')))).toEqual([]);
  });

  test(`no file has more than ${maxFileLines} lines`, () => {
    const long = code.filter((path) => text(path).trimEnd().split('\n').length > maxFileLines);
    expect(long).toEqual([]);
  });

  test(`no function has more than ${maxFunctionLines} lines`, () => {
    // A test's `describe` is a list of tests, not a function that someone has to follow.
    const checked = code.filter((path) => !path.startsWith('test/') || path.startsWith('test/support/'));
    expect(checked.flatMap(longFunctions)).toEqual([]);
  });

  test('every metric that is declared is reported by something', () => {
    const names = [...new Set(text('src/telemetry/metric-names.ts').match(/millrace_[a-z_]+/g))];
    const others = sources.filter((path) => path !== 'src/telemetry/metric-names.ts').map(text);
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((name) => !others.some((source) => source.includes(`'${name}'`)))).toEqual([]);
  });

  test('only src/config reads the environment', () => {
    const others = sources.filter((path) => !path.startsWith('src/config/'));
    expect(linesMatching(others, /\bprocess\.env\b|\benv\b.*from 'node:process'/)).toEqual([]);
  });

  test('no file names a path of the machine it was written on', () => {
    const machinePath = new RegExp(['', 'work', ''].join('/'));
    expect(linesMatching(tracked, machinePath)).toEqual([]);
  });

  test('the lock file names no registry host', () => {
    expect(linesMatching(['package-lock.json'], /"resolved"/)).toEqual([]);
  });

  test('a to-do note gives its reason in parentheses', () => {
    const bare = new RegExp(`\\b${['TO', 'DO'].join('')}\\b(?!\\s*\\([^)]+\\))`);
    expect(linesMatching(code, bare)).toEqual([]);
  });
});

describe('documents', () => {
  const documents = tracked.filter((path) => path.endsWith('.md') && path !== 'CHANGELOG.md');
  const exists = (path: string): boolean => existsSync(join(root, path));

  test('links lead to files and headings that are there', () => {
    const broken = documents.flatMap((from) =>
      [...text(from).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link]) => {
        if (/^\w+:/.test(link!)) return [];
        const [path, heading] = link!.split('#');
        const to = path === '' ? from : join(dirname(from), path!);
        const isThere = exists(to) && (heading === undefined || headings(text(to)).includes(heading));
        return isThere ? [] : [`${from}: ${link}`];
      }),
    );
    expect(documents.length).toBeGreaterThan(20);
    expect(broken).toEqual([]);
  });

  test('source files that they name are there', () => {
    const named = documents.flatMap((from) =>
      [...text(from).matchAll(/`([\w./-]+\/[\w.-]+\.(?:ts|tsx|mjs|sh|worker))`/g)].map(([, path]) => ({
        from,
        path: path!,
      })),
    );
    const missing = named.filter(
      ({ from, path }) => !['', 'src', dirname(from)].some((base) => exists(join(base, path))),
    );
    expect(named.length).toBeGreaterThan(20);
    expect(missing).toEqual([]);
  });
});

/** Anchors of a document's headings, as GitHub makes them. */
function headings(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

describe('layers', () => {
  test('every folder of src has a layer rule', () => {
    const ruled = new Set(layers.forbidden.map((rule) => rule.name?.replace('layer-', '').replace('-imports', '')));
    expect(folders.filter((name) => !ruled.has(name))).toEqual([]);
  });

  test('the layer check sees every source file', async () => {
    const summary = await cruiseLayers(root);
    expect(sources.length).toBeGreaterThan(0);
    expect(summary.totalCruised).toBeGreaterThanOrEqual(sources.length);
  });

  test('an import of a higher or equal rank is reported', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'millrace-layers-'));
    try {
      for (const folder of ['common', 'broker', 'historical']) mkdirSync(join(dir, 'src', folder), { recursive: true });
      writeFileSync(join(dir, 'src/common/up.ts'), `import type { B } from '../broker/b.js';\nexport type A = B;\n`);
      writeFileSync(
        join(dir, 'src/historical/side.ts'),
        `import type { B } from '../broker/b.js';\nexport type A = B;\n`,
      );
      writeFileSync(join(dir, 'src/broker/b.ts'), 'export type B = number;\n');
      const summary = await cruiseLayers(dir);
      expect(summary.violations.map((v) => v.rule.name).toSorted()).toEqual(['layer-common', 'layer-historical']);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});
