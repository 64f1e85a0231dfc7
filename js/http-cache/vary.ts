import { namesIn } from './directives.ts';

/** Headers of a request, as far as they are read here. */
export interface RequestHeaders {
  /** The value; `''` if there is none. */
  get(name: string): string;
}

/** The headers that select a response, with the values of its request. */
export type Selection = readonly (readonly [name: string, value: string | undefined])[];

/**
 * The headers of a request that `Vary` names (RFC 9111, 4.1).
 * @param vary the header
 */
export function selectionOf(vary: string | null, request: RequestHeaders | undefined): Selection {
  return namesIn(vary).map((name) => [name, request?.get(name) || undefined] as const);
}

/** Whether a response that was selected like this also answers another request. */
export function isSelected(selection: Selection, request: RequestHeaders | undefined): boolean {
  return selection.every(([name, value]) => (request?.get(name) || undefined) === value);
}
