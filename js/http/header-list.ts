/** Whether the comma-separated list of a header has a member, in any letter case (RFC 9110, 5.6.1). */
export function listHas(value: string | null | undefined, member: string): boolean {
  return (value ?? '').split(',').some((part) => part.trim().toLowerCase() === member);
}
