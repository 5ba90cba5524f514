/** The same object where all of these fields say what they said, or one in which they are set. */
export function withFields<T extends object>(before: T, fields: Partial<T>): T {
  const keys = Object.keys(fields) as (keyof T)[];
  const isSame = keys.every((key) => JSON.stringify(before[key]) === JSON.stringify(fields[key]));
  return isSame ? before : { ...before, ...fields };
}
