import { DruidError, invalidInput } from '../../common/druid-error.js';

/**
 * How the overlord's mistakes are answered: `errorCode` UNKNOWN_ID as text/plain, everything else as `{"error": message}`.
 * @source Druid `TaskResourceFilter.java`, `SupervisorResourceFilter.java`
 */
export const UNKNOWN_ID = 'unknownId';

export function unknownId(kind: 'task' | 'supervisor', id: string): DruidError {
  return new DruidError(`Cannot find any ${kind} with id: [${id}]`, { category: 'NOT_FOUND', errorCode: UNKNOWN_ID });
}

/** Plain text too, as Druid answers where a path has an id but nothing to show for it. */
export function nothingYet(message: string): DruidError {
  return new DruidError(message, { category: 'NOT_FOUND', errorCode: UNKNOWN_ID });
}

export function noHistory(id: string): DruidError {
  return new DruidError(`No history for [${id}].`, { category: 'NOT_FOUND', errorCode: 'notFound' });
}

/** @source Jackson's message for a type id that it cannot resolve */
export function unknownTypeId(type: string, javaClass: string, known: readonly string[]): DruidError {
  return invalidInput(
    `Please make sure to load all the necessary extensions and jars with type '${type}' on 'druid/coordinator' service. ` +
      `Could not resolve type id '${type}' as a subtype of \`${javaClass}\` known type ids = [${known.join(', ')}]`,
  );
}
