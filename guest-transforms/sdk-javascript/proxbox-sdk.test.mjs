// The SDK without WebAssembly: `node --test`.
import assert from 'node:assert/strict';
import test from 'node:test';
import * as sdk from './proxbox-sdk.js';

const context = (settings = {}, options = {}) => ({
  source: { cluster: 'lab' },
  target: { netboxVersion: '4.7.3', features: ['sync-state'] },
  options: JSON.stringify(options),
  settings: JSON.stringify(settings),
});
const usual = () => ({ tag: 'keep', val: [{ kind: 'x', key: [], fields: [], customFields: [], tags: [] }] });
const map = (change, settings) => {
  const mapper = new sdk.virtualMachine.constructor('virtual-machine');
  mapper.wrap(change);
  return sdk.exported(mapper, 'wrap', () => {}, (_cx, facts) => facts.map(usual)).transform(context(settings), [{}])[0];
};
const values = (fields) => map((_cx, _fact, outcome) => outcome.set(fields)).val[0].fields.map((field) => field.value);

test('values go into the sort of field that they are', () => {
  const tenant = sdk.ref.tenant('acme');
  assert.deepEqual(
    values({ a: null, b: true, c: 7, d: 7n, e: 7.5, f: sdk.decimal('2.00'), g: 'x', h: ['x'], i: tenant, j: [tenant], k: { x: 1 } }),
    [
      { tag: 'null' },
      { tag: 'flag', val: true },
      { tag: 'integer', val: 7n },
      { tag: 'integer', val: 7n },
      { tag: 'decimal', val: '7.5' },
      { tag: 'decimal', val: '2.00' },
      { tag: 'text', val: 'x' },
      { tag: 'texts', val: ['x'] },
      { tag: 'reference', val: tenant },
      { tag: 'references', val: [tenant] },
      { tag: 'json', val: '{"x":1}' },
    ],
  );
  assert.throws(() => values({ a: undefined }), /the field a cannot hold undefined; use null to clear it/);
});

test('setting a field again replaces it, and leaving it takes it out', () => {
  const draft = new sdk.Draft('x', { a: 1, b: 2 }).set({ a: 3 }).leave('b');
  assert.deepEqual(draft.record.fields, [{ name: 'a', value: { tag: 'integer', val: 3n } }]);
  assert.equal(draft.get('b'), undefined);
});

test('a tag is added once', () => {
  assert.equal(new sdk.Draft('x').tag('Prod').tag('prod', 'ff0000').record.tags.length, 1);
});

test('what was skipped stays skipped', () => {
  const skipped = sdk.skip('not wanted').set({ a: 1 }).tag('x').drop('y').bring(new sdk.Draft('z'));
  assert.deepEqual(skipped.record, { tag: 'skip', val: 'not wanted' });
});

test('companions are brought and dropped, never the object itself', () => {
  const outcome = map((_cx, _fact, outcome) => outcome.bring(new sdk.Draft('x'), new sdk.Draft('y')).drop('x'));
  assert.deepEqual(outcome.val.map((draft) => draft.kind), ['x', 'y']);
});

test('wrong settings reject the object and say what is wrong', () => {
  const change = (cx, _fact, outcome) => outcome.set({ a: cx.settings({ limit: 1, names: ['x'] }).limit });
  assert.equal(map(change, { limit: 5 }).val[0].fields[0].value.val, 5n);
  for (const [settings, told] of [
    [{ limit: 'ten' }, '`limit` must be a number, not "ten"'],
    [{ limits: 1 }, '`limits` is unknown'],
    [{ names: {} }, '`names` must be a list, not {}'],
  ]) {
    const { tag, val } = map(change, settings);
    assert.deepEqual([tag, val.code], ['reject', 'wrong-settings']);
    assert.ok(val.message.includes(told), val.message);
  }
});

test('a mapper that throws fails, and one that returns nothing is told', () => {
  assert.throws(() => map(() => { throw new RangeError('odd'); }), RangeError);
  assert.throws(() => map(() => {}), /a mapper must return an outcome/);
});

test('a mapper that the manifest names must be there', () => {
  assert.throws(() => sdk.exported(sdk.vlan, 'wrap', () => {}), /the module never calls its wrap\(\)/);
});

test('choices of a run are read by their sort', () => {
  const cx = new sdk.Context(context({}, { on: true, text: ' x ', blank: ' ', in: { pve1: { qemu: 'edge' } } }));
  assert.deepEqual([cx.flag('on', false), cx.flag('text', false), cx.flag('none', true)], [true, false, true]);
  assert.deepEqual([cx.option('text'), cx.option('blank'), cx.option('on')], ['x', undefined, undefined]);
  assert.equal(cx.option('in', 'pve1', 'qemu'), 'edge');
  assert.equal(cx.option('in', 'pve2', 'qemu'), undefined);
});

test('texts are as NetBox likes them', () => {
  assert.equal(sdk.slug('  Linux (kernel 2.6 or newer) '), 'linux-kernel-2-6-or-newer');
  assert.equal(sdk.slug('Büro'), 'b-ro');
  assert.equal(sdk.fit('ünïcödé!', 7, '~1'), 'ünïcö~1');
  assert.ok(sdk.matches('lab-*', 'LAB-dns01') && sdk.matches('web??', 'web01') && !sdk.matches('lab-*', 'collab-1'));
  assert.deepEqual(sdk.tagged({ tags: ['SVC-http', 'svc-', 'prod'] }, 'svc-'), ['http']);
  assert.deepEqual([sdk.raw('[1]'), sdk.raw('{'), sdk.raw('{"a":1}')], [{}, {}, { a: 1 }]);
});
