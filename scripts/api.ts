// All exports of all entries, for the API reference.
export * from '../js/index.ts';
export * from '../js/snapshot/snapshot.ts';
