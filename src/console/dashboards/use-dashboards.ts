import { useCallback, useState } from 'react';
import { type Dashboard, dashboardText, parseDashboard } from './dashboard.js';

const KEY = 'millrace.dashboards';

interface Saved {
  /** Kept in this browser. */
  readonly dashboards: readonly Dashboard[];
  /** Replaces the one of the same name, or comes last. */
  readonly save: (dashboard: Dashboard) => void;
  readonly remove: (name: string) => void;
}

export function useDashboards(): Saved {
  const [dashboards, setDashboards] = useState(read);
  const keep = useCallback((next: readonly Dashboard[]) => {
    localStorage.setItem(KEY, JSON.stringify(next.map(dashboardText)));
    setDashboards(next);
  }, []);
  const save = useCallback(
    (dashboard: Dashboard) => {
      const all = read();
      const at = all.findIndex(({ name }) => name === dashboard.name);
      keep(at < 0 ? [...all, dashboard] : all.with(at, dashboard));
    },
    [keep],
  );
  const remove = useCallback((name: string) => keep(read().filter((one) => one.name !== name)), [keep]);
  return { dashboards, save, remove };
}

function read(): readonly Dashboard[] {
  try {
    const texts = JSON.parse(localStorage.getItem(KEY) ?? '[]') as readonly string[];
    return texts.map(parseDashboard).filter((dashboard) => dashboard !== undefined);
  } catch {
    return [];
  }
}
