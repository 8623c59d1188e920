import { qualifiedName, type Resource } from '../model/resources.ts';

/** A metav1.Status of failure on its way to the client. */
export class ApiError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: Record<string, unknown> | undefined;
  readonly headers: Record<string, string>;

  constructor(
    code: number,
    reason: string,
    message: string,
    details?: Record<string, unknown>,
    headers: Record<string, string> = {},
  ) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
    this.headers = headers;
  }

  status(): Record<string, unknown> {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      reason: this.reason,
      ...(this.details && { details: this.details }),
      code: this.code,
    };
  }
}

const details = (of: Resource, name: string) => ({
  name,
  ...(of.group !== '' && { group: of.group }),
  kind: of.plural,
});

export const notFound = (of: Resource, name: string) =>
  new ApiError(404, 'NotFound', `${qualifiedName(of)} "${name}" not found`, details(of, name));

export const alreadyExists = (of: Resource, name: string) =>
  new ApiError(409, 'AlreadyExists', `${qualifiedName(of)} "${name}" already exists`, details(of, name));

export const conflict = (of: Resource, name: string) =>
  new ApiError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualifiedName(of)} "${name}": the object has been modified; please apply your changes to the latest version and try again`,
    details(of, name),
  );

export const badRequest = (message: string) => new ApiError(400, 'BadRequest', message);

export const invalid = (of: Resource, name: string, field: string, problem: string) =>
  new ApiError(
    422,
    'Invalid',
    `${of.kind}${of.group === '' ? '' : `.${of.group}`} "${name}" is invalid: ${field}: ${problem}`,
    {
      ...details(of, name),
      kind: of.kind,
      causes: [{ reason: 'FieldValueInvalid', message: problem, field }],
    },
  );

export const pathNotFound = () =>
  new ApiError(404, 'NotFound', 'the server could not find the requested resource', {});

export const unauthorized = () => new ApiError(401, 'Unauthorized', 'Unauthorized');

export const methodNotAllowed = (of: string) =>
  new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {
    kind: of,
  });

export const gone = (wanted: number, oldest: number) =>
  new ApiError(410, 'Expired', `too old resource version: ${wanted} (${oldest})`);

export const expiredContinue = () =>
  new ApiError(
    410,
    'Expired',
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
  );
