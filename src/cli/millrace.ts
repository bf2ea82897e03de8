#!/usr/bin/env node
/** The `millrace` command. Nothing is imported before the version of Node is known to fit: native parts load only on that one. */
const NODE_MAJOR = 20;
const major = Number(process.versions.node.split('.')[0]);
if (major === NODE_MAJOR) {
  const { runCli } = await import('./run-cli.js');
  await runCli(process.argv, async () => {
    // Its modules load while the engine's do.
    const { prepareStoreThread } = await import('../metadata/prepared-thread.js');
    prepareStoreThread();
    const { startMillrace } = await import('../main.js');
    return startMillrace;
  });
} else {
  process.stderr.write(
    `Millrace needs Node ${NODE_MAJOR}; this is Node ${process.versions.node}. Install Node ${NODE_MAJOR} (for example with nvm) and try again.\n`,
  );
  process.exitCode = 1;
}
