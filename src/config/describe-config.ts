/** The options as people see them: help texts, documentation, the print at start. */
import { redactText } from './load-config.js';
import { type Config, OPTIONS } from './options.js';

export interface OptionDescription {
  readonly key: keyof Config;
  /** `--data-dir <path>`, or `--demo` for a flag. */
  readonly flags: string;
  readonly repeatable: boolean;
  readonly environment: string;
  readonly description: string;
  readonly defaultText: string;
}

/** Every option, in the order of the help text. */
export function describeConfig(): readonly OptionDescription[] {
  return (Object.keys(OPTIONS) as (keyof Config)[]).map((key) => {
    const { name, placeholder, repeatable, environment, description, defaultText } = OPTIONS[key];
    const flags = placeholder === undefined ? `--${name}` : `--${name} <${placeholder}>`;
    return { key, flags, repeatable: repeatable ?? false, environment, description, defaultText };
  });
}

/** The settings without secrets, for the log. */
export function redactedConfig(config: Config): Readonly<Record<string, unknown>> {
  return JSON.parse(JSON.stringify(config), (_key, value: unknown) =>
    typeof value === 'string' ? redactText(value) : value,
  ) as Record<string, unknown>;
}
