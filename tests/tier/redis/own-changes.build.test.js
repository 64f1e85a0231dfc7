import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundleOf } from '../../support/bundle.js';

const { OwnChanges } = await bundleOf('js/tier/redis/own-changes.ts');

function listen() {
  const own = new OwnChanges();
  const told = [];
  own.reset((key) => told.push(key));
  return { own, told };
}

test('pushes of a change of this connection are ignored until it finds what it has written', () => {
  const { own, told } = listen();
  const end = own.begin('key', ['key', 'key!']);
  assert.equal(own.recordPush('key'), true);
  assert.equal(own.recordPush('key!'), true);
  assert.equal(own.recordPush('other'), false);
  end(true);
  assert.deepEqual(told, []);
  assert.equal(own.recordPush('key'), false);
});

test('a change of the lease alone says nothing of pushes of the value', () => {
  const { own } = listen();
  own.begin('key', ['key!']);
  assert.equal(own.recordPush('key'), false);
  assert.equal(own.recordPush('key!'), true);
});

test('a push is told later if the connection finds something else than it has written', () => {
  const { own, told } = listen();
  const end = own.begin('key', ['key']);
  own.recordPush('key');
  end(false);
  assert.deepEqual(told, ['key']);
  own.begin('quiet', ['quiet'])(false);
  assert.deepEqual(told, ['key']);
});

test('a second push of a change is told, as it is of a later change that came together with the reply', () => {
  const { own, told } = listen();
  const end = own.begin('key', ['key', 'key!']);
  own.recordPush('key');
  own.recordPush('key!');
  own.recordPush('key');
  end(true);
  assert.deepEqual(told, ['key']);
});

test('a push during two changes of a key is told at the end, as it may be of others', () => {
  const { own, told } = listen();
  const ends = [own.begin('key', ['key']), own.begin('key', ['key'])];
  own.recordPush('key');
  ends[0](true);
  assert.equal(own.recordPush('key'), true);
  ends[1](true);
  assert.ok(told.includes('key'));
  assert.equal(own.recordPush('key'), false);
});

test('without a known order of pushes, none is ignored, and a new connection ignores none', () => {
  const { own, told } = listen();
  const end = own.begin('key', ['key']);
  own.recordPush('key');
  own.reset(undefined);
  assert.equal(own.recordPush('key'), false);
  end(false);
  assert.deepEqual(told, []);
  own.begin('key', ['key']);
  assert.equal(own.recordPush('key'), false);
});
