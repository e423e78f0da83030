/** Where an error lies: in a text (line and column count from 1) or in a run. */
export interface Place {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** The offending text as it stands in the file. */
  readonly text?: string;
}

/**
 * An error as a value: a stable `code` for programs, one `message` sentence for people, a `place`, and a `remedy` where one is known.
 * Plain data, so that it crosses process borders whole.
 */
export interface LabError {
  readonly code: string;
  readonly message: string;
  readonly place?: Place;
  readonly remedy?: string;
}

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly errors: readonly LabError[] };

export const ok = <T>(value: T): Result<T> => ({ ok: true, value });
export const fail = (...errors: LabError[]): { readonly ok: false; readonly errors: readonly LabError[] } => ({ ok: false, errors });

/** One line for a terminal: `file:line:column: message (remedy)`. */
export function formatError(error: LabError): string {
  const { place } = error;
  const position = [place?.file, place?.line, place?.column].filter((part) => part !== undefined).join(':');
  return `${position === '' ? '' : `${position}: `}${error.message}${error.remedy === undefined ? '' : ` (${error.remedy})`}`;
}
