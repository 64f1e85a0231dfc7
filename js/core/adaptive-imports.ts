/**
 * What the core with the adaptive policy asks for during a call, about the cache that it is called for: the trait `Caller`
 * in `crates/adaptive`. A type, not an interface: members of interfaces have short names in the build.
 */
export type AdaptiveImports = Record<'latest_use' | 'key_hash', (slot: number) => number>;
