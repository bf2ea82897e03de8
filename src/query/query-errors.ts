/**
 * Mistakes in a request, answered as Druid answers them. What Jackson finds while it reads the body has the short legacy envelope
 * (`Unknown exception` with a Java class); what fails later has codes as well.
 * @source Druid `server/QueryResource.java`, `error/ErrorResponse.java`; recorded answers of Druid 33
 */
import { DruidError } from '../common/druid-error.js';

const JACKSON = 'com.fasterxml.jackson.databind';

function bodyError(message: string, errorClass: string): DruidError {
  return new DruidError(message, { category: 'INVALID_INPUT', legacy: { error: 'Unknown exception', errorClass } });
}

/** A value of the right shape that Druid's class refuses. `javaClass` lacks the leading `org.apache.druid.`. */
export function refused(javaClass: string, problem: string): DruidError {
  const message = `Cannot construct instance of \`org.apache.druid.${javaClass}\`, problem: ${problem}`;
  return bodyError(message, `${JACKSON}.exc.ValueInstantiationException`);
}

/** A text that does not read as its property's type. */
export function unreadable(problem: string): DruidError {
  return bodyError(problem, `${JACKSON}.JsonMappingException`);
}

/** JSON of another kind than expected, such as an object for a string. */
export function mismatched(problem: string): DruidError {
  return bodyError(problem, `${JACKSON}.exc.MismatchedInputException`);
}

/** A type name that Druid does not know. */
export function unknownType(type: string, baseClass: string, known: Iterable<string>): DruidError {
  const ids = [...known].sort().join(', ');
  const message = `Could not resolve type id '${type}' as a subtype of \`org.apache.druid.${baseClass}\` known type ids = [${ids}]`;
  return bodyError(message, `${JACKSON}.exc.InvalidTypeIdException`);
}

export function missingType(baseClass: string, property = 'type'): DruidError {
  const message = `Could not resolve subtype of [simple type, class org.apache.druid.${baseClass}]: missing type id property '${property}'`;
  return bodyError(message, `${JACKSON}.exc.InvalidTypeIdException`);
}

/** Druid knows it, this version of Millrace does not: status 501. */
export function unsupported(what: string, type: string): DruidError {
  return new DruidError(`This version of Millrace lacks ${what} [${type}]`, { category: 'UNSUPPORTED' });
}

/** Found by Druid when the query starts to run: status 500. */
export function failedToRun(message: string, errorClass: string): DruidError {
  return new DruidError(message, {
    category: 'RUNTIME_FAILURE',
    persona: 'OPERATOR',
    errorCode: 'legacyQueryException',
    legacy: { error: 'Unknown exception', errorClass },
  });
}

/** What Druid can never do with such data, found when the query runs: status 501. @source Druid `java/util/common/UOE.java` */
export function unsupportedOperation(message: string): DruidError {
  return new DruidError(message, {
    category: 'UNSUPPORTED',
    persona: 'OPERATOR',
    errorCode: 'legacyQueryException',
    legacy: { error: 'Unsupported operation', errorClass: 'java.lang.UnsupportedOperationException' },
  });
}

export function javaScriptDisabled(): DruidError {
  return failedToRun('JavaScript is disabled', 'java.lang.IllegalStateException');
}

export function badContext(message: string): DruidError {
  return new DruidError(message, {
    category: 'INVALID_INPUT',
    persona: 'OPERATOR',
    errorCode: 'legacyQueryException',
    legacy: { error: 'Query context parse failed', errorClass: 'org.apache.druid.query.BadQueryContextException' },
  });
}

/** More than a query may hold. @source Druid `query/ResourceLimitExceededException.java` */
export function resourceLimitExceeded(message: string): DruidError {
  return new DruidError(message, {
    category: 'INVALID_INPUT',
    persona: 'OPERATOR',
    errorCode: 'legacyQueryException',
    legacy: {
      error: 'Resource limit exceeded',
      errorClass: 'org.apache.druid.query.ResourceLimitExceededException',
    },
  });
}
