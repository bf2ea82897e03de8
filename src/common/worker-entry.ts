/** How to start a thread entry: what `new Worker(url, { execArgv })` and piscina's `filename` and `execArgv` take. */
export interface WorkerEntry {
  readonly url: URL;
  readonly execArgv: readonly string[];
}

/**
 * The entry `./name.worker` beside the calling module, `.ts` where the sources run as they are (tests); in the build, where all
 * entries and chunks lie in one folder, `.js`.
 *
 * @param importMetaUrl the caller's `import.meta.url`
 * @param entry relative path without its extension
 */
export function workerEntry(importMetaUrl: string, entry: `./${string}.worker`): WorkerEntry {
  const fromSource = new URL(importMetaUrl).pathname.endsWith('.ts');
  const url = new URL(`${entry}${fromSource ? '.ts' : '.js'}`, importMetaUrl);
  return { url, execArgv: fromSource ? ['--import', typeScriptLoader()] : [] };
}

/** `--import tsx` registers only on the main thread of Node 20; a module that calls its API registers in the worker too. */
function typeScriptLoader(): string {
  const api = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  return `data:text/javascript,import{register}from${api};register()`;
}
