import type { ReactNode } from 'react';
import { chooseTheme, type Theme, useTheme } from '../shared/theme.js';

const NEXT: Readonly<Record<Theme, Theme>> = { system: 'light', light: 'dark', dark: 'system' };
const SIGNS: Readonly<Record<Theme, string>> = {
  system: 'M8 2a6 6 0 1 0 0 12zM8 2a6 6 0 0 1 0 12',
  light: 'M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6M8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1',
  dark: 'M13 9.5A5.5 5.5 0 1 1 6.5 3a4.5 4.5 0 0 0 6.5 6.5z',
};

/** System, light, dark, in turn. */
export function ThemeSwitch(): ReactNode {
  const { chosen } = useTheme();
  const label = `Theme: ${chosen}`;
  return (
    <button type="button" className="quiet" onClick={() => chooseTheme(NEXT[chosen])} aria-label={label} title={label}>
      <svg className="sign" viewBox="0 0 16 16" aria-hidden="true">
        <path d={SIGNS[chosen]} />
      </svg>
    </button>
  );
}
