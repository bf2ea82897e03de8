import { DruidError } from '../common/druid-error.js';

/** A lookup that no node has, found when the query runs: status 500. @source Druid `query/expression/LookupExprMacro.java` */
export function unknownLookup(name: string): DruidError {
  return new DruidError(`Lookup [${name}] not found`, {
    category: 'RUNTIME_FAILURE',
    persona: 'OPERATOR',
    errorCode: 'legacyQueryException',
    legacy: { error: 'Unknown exception', errorClass: 'org.apache.druid.java.util.common.ISE' },
  });
}
