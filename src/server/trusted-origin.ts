const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i;

/**
 * Whether a page of this origin may open a WebSocket or change something here. Browsers let any page on the web send such requests to a
 * server on the user's own machine; a page that came from this server or from another one on the machine is fine, and so is what is no browser.
 *
 * @param origin text of the header, empty without one
 * @param host text of the header: where the client believes to be
 */
export function isTrustedOrigin(origin: string, host: string): boolean {
  if (origin === '') return true;
  const served = hostName(`http://${host}`);
  const page = hostName(origin);
  if (served === undefined || page === undefined) return false;
  return page === served || (LOOPBACK.test(page) && LOOPBACK.test(served));
}

function hostName(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}
