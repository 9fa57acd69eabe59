/**
 * The SDK of transform authors: register a function that changes what the next mapper of the chain made.
 *
 *     import { ref, virtualMachine } from './proxbox-sdk.js';
 *
 *     virtualMachine.wrap((cx, guest, usual) =>
 *       guest.pool ? usual.set({ role: ref.deviceRole(guest.pool) }) : usual);
 *
 * Each object type has its own object here (`virtualMachine`, `node`, `ipAddress` …) with `wrap`, `replace`, `before` and
 * `next`. `proxbox transform build` makes the module; name, version and what it wraps are in package.json. The types
 * are in proxbox-sdk.d.ts.
 */

/** Throw it when a fact is wrong: the object is reported as failed and the others go on. */
export class Rejection extends Error {
  constructor(code, message, field) {
    super(message);
    this.code = code;
    this.field = field;
  }
}

/** An exact decimal: `decimal('2.00')`. */
class Decimal {
  constructor(text) {
    this.text = text;
  }
  toString() {
    return this.text;
  }
}

export const decimal = (text) => new Decimal(String(text));

// --- drafts and outcomes ---

/** What a draft and an outcome have in common: every change returns the object itself. */
class Editable {
  set(fields) {
    assign(this.own()?.fields, fields);
    return this;
  }

  custom(fields) {
    assign(this.own()?.customFields, fields);
    return this;
  }

  leave(...names) {
    const own = this.own();
    if (own) own.fields = own.fields.filter((field) => !names.includes(field.name));
    return this;
  }

  tag(name, color = '9e9e9e') {
    const tags = this.own()?.tags;
    if (tags && tags.every((known) => known.slug !== slug(name))) tags.push({ name, slug: slug(name), color });
    return this;
  }

  get(name) {
    return find(this.own()?.fields, name);
  }

  getCustom(name) {
    return find(this.own()?.customFields, name);
  }
}

export class Draft extends Editable {
  constructor(kind, fields = {}) {
    super();
    this.record = { kind, key: [], fields: [], customFields: [], tags: [] };
    this.set(fields);
  }

  static named(kind, name, fields = {}) {
    return new Draft(kind, { name, slug: slug(name), ...fields });
  }

  static about(reference, fields = {}) {
    const draft = new Draft(reference.kind, fields);
    draft.record.key = [...reference.key];
    return draft;
  }

  own() {
    return this.record;
  }
}

export class Outcome extends Editable {
  constructor(record) {
    super();
    this.record = record;
  }

  own() {
    return this.isKept ? this.record.val[0] : undefined;
  }

  get isKept() {
    return this.record.tag === 'keep';
  }

  bring(...companions) {
    if (this.isKept) this.record.val.push(...companions.map((companion) => companion.record));
    return this;
  }

  drop(kind) {
    if (this.isKept) this.record.val = this.record.val.filter((draft, index) => index === 0 || draft.kind !== kind);
    return this;
  }
}

export const keep = (...drafts) => new Outcome({ tag: 'keep', val: drafts.map((draft) => draft.record) });
export const skip = (reason) => new Outcome({ tag: 'skip', val: reason });
export const reject = (code, message, field) => new Outcome({ tag: 'reject', val: { code, message, field } });

function assign(known, fields) {
  if (!known) return;
  for (const [name, native] of Object.entries(fields)) {
    const value = toValue(name, native);
    const field = known.find((field) => field.name === name);
    if (field) field.value = value;
    else known.push({ name, value });
  }
}

function find(fields, name) {
  const field = fields?.find((field) => field.name === name);
  return field && toNative(field.value);
}

const isReference = (value) => typeof value?.kind === 'string' && Array.isArray(value.key);

function toValue(name, native) {
  if (native === null) return { tag: 'null' };
  if (native instanceof Decimal) return { tag: 'decimal', val: native.text };
  switch (typeof native) {
    case 'boolean':
      return { tag: 'flag', val: native };
    case 'bigint':
      return { tag: 'integer', val: native };
    case 'number':
      return Number.isInteger(native)
        ? { tag: 'integer', val: BigInt(native) }
        : { tag: 'decimal', val: String(native) };
    case 'string':
      return { tag: 'text', val: native };
    case 'object':
      return objectValue(native);
    default:
      throw new TypeError(`the field ${name} cannot hold ${String(native)}; use null to clear it`);
  }
}

function objectValue(native) {
  if (isReference(native)) return { tag: 'reference', val: native };
  if (!Array.isArray(native)) return { tag: 'json', val: JSON.stringify(native) };
  if (native.length > 0 && native.every(isReference)) return { tag: 'references', val: native };
  if (native.every((item) => typeof item === 'string')) return { tag: 'texts', val: native };
  return { tag: 'json', val: JSON.stringify(native) };
}

function toNative({ tag, val }) {
  switch (tag) {
    case 'null':
      return null;
    case 'decimal':
      return decimal(val);
    case 'json':
      return JSON.parse(val);
    default:
      return val;
  }
}

// --- references ---

const reference = (kind, ...key) => ({ kind, key });
const bySlug = (kind) => (slug) => reference(kind, ['slug', slug]);
const ofGuest = (kind, vmid, ...key) => reference(kind, ['proxmox-vmid', String(vmid)], ...key);

export const ref = {
  tenant: bySlug('tenancy.tenant'),
  site: bySlug('dcim.site'),
  location: bySlug('dcim.location'),
  manufacturer: bySlug('dcim.manufacturer'),
  deviceRole: bySlug('dcim.devicerole'),
  platform: bySlug('dcim.platform'),
  clusterType: bySlug('virtualization.clustertype'),
  clusterGroup: bySlug('virtualization.clustergroup'),
  virtualMachineType: bySlug('virtualization.virtualmachinetype'),
  of: (kind, key) => reference(kind, ...Object.entries(key)),
  deviceType: (manufacturer, slug) =>
    reference('dcim.devicetype', ['manufacturer.slug', manufacturer], ['slug', slug]),
  thisCluster: (cx) => reference('virtualization.cluster', ['proxmox-cluster', cx.source.cluster]),
  node: (name) => reference('dcim.device', ['proxmox-node', name]),
  nodeInterface: (node, name) =>
    reference('dcim.interface', ['proxmox-node', node], ['proxmox-interface', name]),
  guest: (vmid) => ofGuest('virtualization.virtualmachine', vmid),
  guestInterface: (vmid, net) => ofGuest('virtualization.vminterface', vmid, ['proxmox-net', net]),
  guestDisk: (vmid, disk) => ofGuest('virtualization.virtualdisk', vmid, ['proxmox-disk', disk]),
  guestAddress: (vmid, net, ip) =>
    ofGuest('ipam.ipaddress', vmid, ['proxmox-net', net], ['proxmox-ip', ip]),
  vlan: (vid) => reference('ipam.vlan', ['vid', String(vid)]),
  storage: (name) => reference('netbox_proxbox.proxmoxstorage', ['proxmox-storage', name]),
};

// --- the context of a call ---

export class Context {
  #given;

  constructor(record) {
    this.record = record;
    this.source = record.source;
    this.target = record.target;
  }

  settings(defaults) {
    this.#given ??= JSON.parse(this.record.settings);
    for (const [name, value] of Object.entries(this.#given)) {
      if (!(name in defaults)) throw wrongSettings(`\`${name}\` is unknown`);
      if (defaults[name] != null && sortOf(value) !== sortOf(defaults[name])) {
        throw wrongSettings(`\`${name}\` must be ${sortOf(defaults[name])}, not ${JSON.stringify(value)}`);
      }
    }
    return { ...defaults, ...this.#given };
  }

  option(...path) {
    const chosen = this.chosen(path);
    return (typeof chosen === 'string' && chosen.trim()) || undefined;
  }

  flag(name, fallback) {
    const chosen = this.chosen([name]);
    return typeof chosen === 'boolean' ? chosen : fallback;
  }

  has(feature) {
    return this.target.features.includes(feature);
  }

  chosen(path) {
    return path.reduce((value, name) => value?.[name], JSON.parse(this.record.options));
  }
}

const wrongSettings = (reason) =>
  new Rejection('wrong-settings', `The settings of this module are wrong: ${reason}.`);

function sortOf(value) {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return { string: 'a text', number: 'a number', boolean: 'true or false', object: 'an object' }[typeof value];
}

// --- the log, texts and raw JSON ---

let writeLine = (_level, _message) => {};

export const log = {
  debug: (message) => writeLine('debug', message),
  info: (message) => writeLine('info', message),
  warn: (message) => writeLine('warn', message),
  error: (message) => writeLine('error', message),
};

export const slug = (name) =>
  name.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-|-$/g, '').toLowerCase();

export function fit(text, limit, suffix = '') {
  const characters = [...text];
  if (characters.length <= limit) return text;
  return characters.slice(0, Math.max(limit - [...suffix].length, 0)).join('') + suffix;
}

export function matches(pattern, name) {
  const escaped = pattern.replace(/[\\^$.+()[\]{}|]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'is').test(name);
}

const beginsWith = (text, prefix) => text.toLowerCase().startsWith(prefix.toLowerCase());

export const hasTag = (guest, tag) => guest.tags.some((held) => held.toLowerCase() === tag.toLowerCase());

export const tagged = (guest, prefix) =>
  guest.tags
    .filter((tag) => beginsWith(tag, prefix) && tag.length > prefix.length)
    .map((tag) => tag.slice(prefix.length));

export function raw(text) {
  try {
    const value = JSON.parse(text);
    return sortOf(value) === 'an object' ? value : {};
  } catch {
    return {};
  }
}

// --- object types ---

class Interface {
  roles = { before: () => {} };
  answer = () => {
    throw new Error(`package.json does not say that this module wraps ${this.name}`);
  };

  constructor(name) {
    this.name = name;
  }

  wrap(change) {
    this.roles.wrap = change;
  }

  replace(map) {
    this.roles.replace = map;
  }

  before(change) {
    this.roles.before = change;
  }

  next(cx, facts) {
    return this.answer(cx.record, facts).map((record) => new Outcome(record));
  }

  map(cx, facts) {
    const { before, replace, wrap } = this.roles;
    if (replace) return facts.map((fact) => guarded(() => replace(cx, fact)));
    facts.forEach((fact) => before(cx, fact));
    const usual = this.next(cx, facts);
    return facts.map((fact, index) => guarded(() => wrap(cx, fact, usual[index])));
  }
}

function guarded(decide) {
  try {
    const outcome = decide();
    if (!(outcome instanceof Outcome)) throw new TypeError(`a mapper must return an outcome, not ${outcome}`);
    return outcome;
  } catch (wrong) {
    if (wrong instanceof Rejection) return reject(wrong.code, wrong.message, wrong.field);
    // The host finds out which object it was and does what its policy says.
    log.error(`${wrong}\n${wrong?.stack ?? ''}`);
    throw wrong;
  }
}

export const cluster = new Interface('cluster');
export const node = new Interface('node');
export const nodeInterface = new Interface('node-interface');
export const storage = new Interface('storage');
export const virtualMachine = new Interface('virtual-machine');
export const virtualDisk = new Interface('virtual-disk');
export const vmInterface = new Interface('vm-interface');
export const macAddress = new Interface('mac-address');
export const vlan = new Interface('vlan');
export const ipAddress = new Interface('ip-address');
export const primaryIp = new Interface('primary-ip');
export const snapshot = new Interface('snapshot');
export const backup = new Interface('backup');
export const backupRoutine = new Interface('backup-routine');
export const replication = new Interface('replication');
export const task = new Interface('task');
export const cloudInit = new Interface('cloud-init');
export const guestInterface = new Interface('guest-interface');

/** What is exported for an object type. For the code that `proxbox transform build` writes. */
export function exported(mapper, role, write, next) {
  if (!mapper.roles[role]) {
    throw new Error(`package.json says \`${role}s\` ${mapper.name}, but the module never calls its ${role}()`);
  }
  writeLine = write;
  if (next) mapper.answer = next;
  return { transform: (record, facts) => mapper.map(new Context(record), facts).map((outcome) => outcome.record) };
}
