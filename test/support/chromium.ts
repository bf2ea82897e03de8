/** A real Chromium for tests of the console, and what axe finds on its pages. */
import { existsSync } from 'node:fs';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';

const USUAL_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];
const QUIET_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
/** Where it is; undefined = there is none, and the console is not tested. */
export const chromiumPath = process.env['MILLRACE_TEST_CHROMIUM'] ?? USUAL_PLACES.find((path) => existsSync(path));
if (chromiumPath === undefined) {
  const reason = 'The console is not tested: no Chromium was found. Set MILLRACE_TEST_CHROMIUM to its path.';
  if (process.env['CI'] === 'true') throw new Error(reason);
  console.warn(reason);
}

/** @throws Error when there is none */
export function startChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath!, args: QUIET_FLAGS });
}

/** What axe finds that keeps people from using the page, in both themes. */
export async function faultsOf(page: Page): Promise<string[]> {
  const found: string[] = [];
  await page.evaluate(axe.source);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const violations = (await page.evaluate('axe.run().then((result) => result.violations)')) as axe.Result[];
    for (const { id, impact, nodes } of violations) {
      if (impact === 'serious' || impact === 'critical') found.push(`${colorScheme}: ${id} ${nodes[0]?.html}`);
    }
  }
  return found;
}
