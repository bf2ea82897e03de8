import { invalidInput } from '../../common/druid-error.js';

/**
 * Which keys of objects a glob means: `*` and `?` within a part between slashes, `**` over them, `[a-z]`, `[!a]`, `{one,other}`, and `\` before
 * what means itself. @source Java `FileSystem#getPathMatcher`, Druid `CloudObjectInputSource.java`
 * @throws DruidError INVALID_INPUT for a group that does not end
 */
export function objectGlob(glob: string): RegExp {
  let pattern = '';
  let isInGroup = false;
  for (let i = 0; i < glob.length; i++) {
    const char = glob[i]!;
    if (char === '*') {
      const isDeep = glob[i + 1] === '*';
      if (isDeep) i++;
      pattern += isDeep ? '.*' : '[^/]*';
    } else if (char === '?') pattern += '[^/]';
    else if (char === '[') {
      const end = glob.indexOf(']', i + 2);
      if (end < 0) throw unfinished(glob);
      const members = glob.slice(i + 1, end).replace(/^[!^]/, '');
      // A slash is in no class.
      pattern += `(?!/)[${glob[i + 1] === '!' ? '^' : ''}${members.replace(/[\\\]^]/g, '\\$&')}]`;
      i = end;
    } else if (char === '{') {
      if (isInGroup) throw invalidInput(`objectGlob [${glob}] has a group within a group`);
      isInGroup = true;
      pattern += '(?:';
    } else if (char === '}' && isInGroup) {
      isInGroup = false;
      pattern += ')';
    } else if (char === ',' && isInGroup) pattern += '|';
    else {
      if (char === '\\') i++;
      if (i === glob.length) throw unfinished(glob);
      pattern += glob[i]!.replace(/[.*+?^${}()|[\]\\/]/, '\\$&');
    }
  }
  if (isInGroup) throw unfinished(glob);
  return new RegExp(`^${pattern}$`, 's');
}

function unfinished(glob: string): Error {
  return invalidInput(`objectGlob [${glob}] ends within what it began`);
}
