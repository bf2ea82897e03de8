// The layers of src/: a folder imports only folders of lower rank; equal ranks never import each other.
// A folder that is not in this table may not exist: test/tidy.test.ts checks that each has its rule.
const ranks = [
  ['common', 'client'],
  ['config', 'telemetry', 'platform', 'memory', 'sketches', 'timeline'],
  ['vectors', 'deep-storage', 'metadata'],
  ['expressions'],
  ['query'],
  ['plan', 'lookups', 'protocol'],
  ['aggregators', 'sql'],
  ['segments'],
  ['engine'],
  ['runtime', 'streams'],
  ['indexing', 'historical', 'broker', 'coordination'],
  ['live'],
  ['server', 'cli', 'demo'],
];

/** The composition root and the bin that starts it stand above every folder. */
const roots = ['src/main\\.ts$', 'src/cli/millrace\\.ts$'];

const layerRules = ranks.flatMap((folders, rank) =>
  folders.map((folder) => {
    const lower = ranks.slice(0, rank).flat();
    return {
      name: `layer-${folder}`,
      comment: `src/${folder} has rank ${rank}: it imports only lower ranks`,
      severity: 'error',
      from: { path: `^src/${folder}/`, pathNot: roots },
      to: { path: '^src/', pathNot: [folder, ...lower].map((name) => `^src/${name}/`) },
    };
  }),
);

/** The folders of src/indexing, lowest first; files beside them may be imported by all. Tasks and SQL that writes know each other. */
const indexingRanks = [
  ['spec'],
  ['parse'],
  ['publish'],
  ['intake'],
  ['batch'],
  ['query-task', 'tasks'],
  ['stream'],
  ['answer'],
  ['sampler'],
];

const indexingRules = indexingRanks.flatMap((folders, rank) => {
  const allowed = indexingRanks.slice(0, rank + 1).flat();
  return folders.map((folder) => ({
    name: `layer-indexing-${folder}`,
    comment: `src/indexing/${folder} imports only folders of indexing that are not above it`,
    severity: 'error',
    from: { path: `^src/indexing/${folder}/` },
    to: { path: '^src/indexing/[^/]+/', pathNot: allowed.map((name) => `^src/indexing/${name}/`) },
  }));
});

module.exports = {
  forbidden: [
    ...layerRules,
    ...indexingRules,
    {
      name: 'console-imports',
      comment: 'src/console runs in a browser: it imports only client, query, protocol, common',
      severity: 'error',
      from: { path: '^src/console/' },
      to: { path: '^src/', pathNot: '^src/(console|client|query|protocol|common)/' },
    },
    {
      name: 'client-imports',
      comment: 'src/client runs in browsers and Node and imports nothing else',
      severity: 'error',
      from: { path: '^src/client/' },
      to: { pathNot: '^src/client/' },
    },
    {
      name: 'src-apart-from-tests',
      comment: 'src never imports test, bench or scripts',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|scripts)/' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-unresolved',
      comment: 'an import that does not resolve is outside every rule',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
