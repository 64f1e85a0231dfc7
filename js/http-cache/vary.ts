import { namesIn } from './directives.ts';

/** Headers of a request, as far as they are read here. */
export interface RequestHeaders {
  /** The value; `''` if there is none. */
  get(name: string): string;
}

/** The headers that select a response, with the values of its request. */
export type Selection = readonly (readonly [name: string, value: string])[];

/** The headers of a request that `Vary` names (RFC 9111, 4.1). */
export function selectionOf(headers: Headers, request: RequestHeaders | undefined): Selection {
  return namesIn(headers.get('vary')).map((name) => [name, headerOf(request, name)] as const);
}

/** Whether a response that was selected like this also answers another request. */
export function isSelected(selection: Selection, request: RequestHeaders | undefined): boolean {
  return selection.every(([name, value]) => headerOf(request, name) === value);
}

function headerOf(request: RequestHeaders | undefined, name: string): string {
  return request?.get(name) ?? '';
}
