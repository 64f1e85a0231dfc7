// All exports of all entries, for the API reference.

export * from '../js/http-cache/http-cache.ts';
export * from '../js/index.ts';
export * from '../js/snapshot/snapshot.ts';
export * from '../js/tuning/index.ts';
