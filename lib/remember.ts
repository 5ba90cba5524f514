/**
 * Put an entry last in a map that holds at most `max` of them: the one put longest ago makes room.
 */
export function remember<K, V>(map: Map<K, V>, key: K, value: V, max: number): void {
  map.delete(key); // else the key would keep its old place
  map.set(key, value);
  const oldest = map.keys().next();
  if (map.size > max && !oldest.done) map.delete(oldest.value);
}
