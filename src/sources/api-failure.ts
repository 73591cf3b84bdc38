// What the API server answered in place of what was asked for.
import { ApiError } from '../api/api-error.ts';

export interface ApiFailure {
  /** HTTP status: 403, 404, 409, 500. */
  readonly code: number;
  /** The server's own sentence, where it had one. */
  readonly message: string;
  /** `kubectl auth can-i ...` for a missing permission, with the user's own flags. */
  readonly canI: string | undefined;
}

/** `undefined` where the error is none of the server's answers, or concerns not only this request: bad credentials. */
export function apiFailure(error: unknown): ApiFailure | undefined {
  if (!(error instanceof ApiError) || error.status === 401) return undefined;
  return { code: error.status, message: error.said || error.message, canI: error.canI };
}
