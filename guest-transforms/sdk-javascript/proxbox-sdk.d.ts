/**
 * Types of the SDK of transform authors. What each fact means is in the contract, `wit/v0.1/facts.wit`; the facts below
 * are the same records, with names as JavaScript writes them. Sizes and times are `bigint`.
 */

/** What a field of a NetBox object may be set to. `null` clears it. */
export type Native =
  | null
  | boolean
  | bigint
  | number
  | string
  | string[]
  | Decimal
  | Reference
  | Reference[]
  | { [key: string]: unknown };

/** Names a NetBox object by its natural key, or by what Proxmox knows it as, never by its id. */
export interface Reference {
  kind: string;
  key: Array<[string, string]>;
}

/** An exact decimal. */
export interface Decimal {
  readonly text: string;
  toString(): string;
}

/** An exact decimal: `decimal('2.00')`. */
export function decimal(text: string | number): Decimal;

/** Throw it when a fact is wrong: the object is reported as failed and the others go on. */
export class Rejection extends Error {
  constructor(code: string, message: string, field?: string);
  readonly code: string;
  readonly field?: string;
}

/** What a draft and an outcome have in common: every change returns the object itself. */
interface Editable {
  /** Sets fields under NetBox's own names. `null` clears a field, which is not the same as leaving it out. */
  set(fields: { [name: string]: Native }): this;
  /** Sets custom fields. Those not named stay. */
  custom(fields: { [name: string]: Native }): this;
  /** Leaves fields to whoever owns them in NetBox. */
  leave(...names: string[]): this;
  /** Adds a tag, whose slug is made of its name. Tags not named stay. The colour is six hexadecimal digits. */
  tag(name: string, color?: string): this;
  /** The value of a field: `null` when it is cleared, `undefined` when it is not in the draft. */
  get(name: string): Native | undefined;
  /** The value of a custom field: `null` when it is cleared, `undefined` when it is not in the draft. */
  getCustom(name: string): Native | undefined;
}

/** What one NetBox object should look like. Only what is set is compared and written. */
export class Draft implements Editable {
  /** An empty draft of a NetBox model (`virtualization.virtualmachine`), or one with these fields. */
  constructor(kind: string, fields?: { [name: string]: Native });
  /** A draft with the two fields by which NetBox names most shared objects. The slug is made of the name. */
  static named(kind: string, name: string, fields?: { [name: string]: Native }): Draft;
  /** A draft of the object that a reference names. */
  static about(reference: Reference, fields?: { [name: string]: Native }): Draft;
}
export interface Draft extends Editable {}

/** What was decided for one fact. Changes go to the draft of the fact's own object; what was skipped stays so. */
export class Outcome implements Editable {
  private constructor();
  /** Whether there is an object, and not a reason for leaving it out. */
  readonly isKept: boolean;
  /** Adds objects that this one needs. They are made when they are missing, and never changed afterwards. */
  bring(...companions: Draft[]): this;
  /** Leaves out the objects of a NetBox model that this one brought along, as when it names another one now. */
  drop(kind: string): this;
}
export interface Outcome extends Editable {}

/** Keeps an object: the first draft is the fact's own, the others are what it needs. */
export function keep(...drafts: Draft[]): Outcome;
/** Leaves the object out, for a reason that the operator reads. */
export function skip(reason: string): Outcome;
/** Reports the object as failed: a kebab-case code, a sentence, and the field of the fact at fault. */
export function reject(code: string, message: string, field?: string): Outcome;

/** Names of NetBox objects: by slug, or by what Proxmox knows them as, whatever they are called in NetBox. */
export const ref: {
  tenant(slug: string): Reference;
  site(slug: string): Reference;
  location(slug: string): Reference;
  manufacturer(slug: string): Reference;
  deviceRole(slug: string): Reference;
  platform(slug: string): Reference;
  clusterType(slug: string): Reference;
  clusterGroup(slug: string): Reference;
  virtualMachineType(slug: string): Reference;
  /** Any object by its natural key: `ref.of('ipam.vrf', { name: 'lab' })`. */
  of(kind: string, key: { [name: string]: string }): Reference;
  /** A device type; both are slugs. */
  deviceType(manufacturer: string, slug: string): Reference;
  /** The cluster that the facts come from. */
  thisCluster(cx: Context): Reference;
  /** The device of a node of this source. */
  node(name: string): Reference;
  /** The interface of a node of this source. */
  nodeInterface(node: string, name: string): Reference;
  /** The virtual machine or container of this source with that vmid. */
  guest(vmid: number): Reference;
  /** The interface of a guest by its configuration key: `net0`. */
  guestInterface(vmid: number, net: string): Reference;
  /** The disk of a guest by its configuration key: `scsi0`. */
  guestDisk(vmid: number, disk: string): Reference;
  /** An address of a guest's interface, written as in the facts and without prefix length. */
  guestAddress(vmid: number, net: string, ip: string): Reference;
  /** The VLAN with that id. */
  vlan(vid: number): Reference;
  /** The plugin's storage of this source with that name. */
  storage(name: string): Reference;
};

/** What a mapper knows besides its facts: where they come from, what they are for, choices and settings. */
export interface Context {
  readonly source: {
    endpoint: string;
    url: string;
    cluster: string;
    mode: string;
    pveVersion: string;
    now: bigint;
  };
  readonly target: { netboxVersion: string; features: string[] };
  /**
   * The settings that the operator gave this module over these defaults, which also say the types. Wrong ones reject the
   * object.
   */
  settings<T extends object>(defaults: T): T;
  /** A choice of the run, maybe inside others: `cx.option('node-roles', 'pve1', 'qemu')`. Blank is none. */
  option(...path: string[]): string | undefined;
  /** A choice of the run that is on or off. */
  flag(name: string, fallback: boolean): boolean;
  /** Whether the target NetBox has a feature of the contract: `virtual-machine-types`. */
  has(feature: string): boolean;
}

/** Lines for the operator's log, kept with the run. */
export const log: {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
};

/** A slug as NetBox likes it: lower case, every run of other characters than a-z and 0-9 one hyphen. */
export function slug(name: string): string;
/** A text of at most `limit` characters. A longer one is cut to make room for the suffix. */
export function fit(text: string, limit: number, suffix?: string): string;
/** Whether a name fits a pattern, without regard to the case of letters: `*` is any characters, `?` is one. */
export function matches(pattern: string, name: string): boolean;
/** Whether a guest has a tag in Proxmox, without regard to the case of letters. */
export function hasTag(guest: GuestFacts, tag: string): boolean;
/** What follows a prefix in a guest's tags, in their order: `tagged(guest, 'tenant-')` of `tenant-acme` is `acme`. */
export function tagged(guest: GuestFacts, prefix: string): string[];
/** The raw JSON beside a fact (`guest.config`, `guest.listing`); what is no object is an empty one. */
export function raw(text: string): { [key: string]: any };

/** One object type of the contract. A module wraps the next mapper of the chain, or replaces it. */
export interface Interface<Facts> {
  /** Registers the function that changes what the next mapper made of a fact. */
  wrap(change: (cx: Context, fact: Facts, usual: Outcome) => Outcome): void;
  /** Registers the function that maps a fact on its own. */
  replace(map: (cx: Context, fact: Facts) => Outcome): void;
  /** Registers the function that changes a fact before the next mapper sees it. */
  before(change: (cx: Context, fact: Facts) => void): void;
  /** What the next mapper of the chain makes of facts, in their order; at the end stands the built-in one. */
  next(cx: Context, facts: Facts[]): Outcome[];
}

export const cluster: Interface<ClusterFacts>;
export const node: Interface<NodeFacts>;
export const nodeInterface: Interface<NodeInterfaceFacts>;
export const storage: Interface<StorageFacts>;
export const virtualMachine: Interface<GuestFacts>;
export const virtualDisk: Interface<VirtualDiskFacts>;
export const vmInterface: Interface<VmInterfaceFacts>;
export const macAddress: Interface<MacAddressFacts>;
export const vlan: Interface<VlanFacts>;
export const ipAddress: Interface<IpAddressFacts>;
export const primaryIp: Interface<PrimaryIpFacts>;
export const snapshot: Interface<SnapshotFacts>;
export const backup: Interface<BackupFacts>;
export const backupRoutine: Interface<BackupRoutineFacts>;
export const replication: Interface<ReplicationFacts>;
export const task: Interface<TaskFacts>;
export const cloudInit: Interface<CloudInitFacts>;
export const guestInterface: Interface<GuestInterfaceFacts>;

/** Source: `/cluster/status`, `/cluster/resources`, `/version`. */
export interface ClusterFacts {
  /** As in `source.cluster`. */
  name: string;
  /** `cluster`, `standalone` or `restricted`. */
  mode: string;
  /** Corosync's configuration version; none outside a cluster. */
  version?: bigint;
  /** Whether the cluster has quorum; true outside a cluster. */
  quorate: boolean;
  /** Names of its nodes, sorted. */
  nodes: string[];
  /** The entries of `/cluster/status`, a JSON array. */
  status: string;
}

/** Source: `/cluster/status` and `/cluster/resources?type=node`. */
export interface NodeFacts {
  name: string;
  online: boolean;
  /** Address in `/cluster/status`. */
  ip?: string;
  /** Support subscription level: `c`, `b`, `s`, `p`, or empty. */
  level: string;
  /** Logical processors; none while the node is offline. */
  cpus?: number;
  /** Bytes; none while the node is offline. */
  memory?: bigint;
  /** Bytes of the root file system; none while the node is offline. */
  disk?: bigint;
  /** Its entry in `/cluster/status`, `{}` when there is none. */
  status: string;
  /** Its entry in `/cluster/resources`, `{}` when there is none. */
  listing: string;
}

/** Source: `/nodes/{node}/network`. */
export interface NodeInterfaceFacts {
  node: string;
  /** `vmbr0`, `bond0`, `eno1`, `vlan20`. */
  name: string;
  /** As Proxmox says: `bridge`, `bond`, `vlan`, `eth`, `OVSBridge`, `alias`, `unknown` … */
  kind: string;
  active: boolean;
  /** Addresses with prefix length: `192.0.2.1/24`, `2001:db8::1/64`. */
  addresses: string[];
  gateways: string[];
  /** VLAN id of a `vlan` interface. */
  vlanId?: number;
  /** What a VLAN or bridge rides on. */
  parent?: string;
  /** Ports of a bridge, members of a bond. */
  members: string[];
  vlanAware: boolean;
  mtu?: number;
  comment: string;
  raw: string;
}

/** Source: `/storage` and `/cluster/resources?type=storage`. */
export interface StorageFacts {
  name: string;
  /** `dir`, `lvmthin`, `zfspool`, `nfs`, `pbs`, `rbd` … */
  kind: string;
  /** `images`, `backup`, `iso` …, sorted. */
  content: string[];
  shared: boolean;
  enabled: boolean;
  /** Nodes it is restricted to; empty means all. */
  nodes: string[];
  path?: string;
  /** The retention rule as `key=value,…`, whichever form Proxmox gave. */
  pruneBackups?: string;
  maxProtectedBackups?: bigint;
  /** Bytes, over the nodes that answered; a shared storage counts once. */
  total?: bigint;
  used?: bigint;
  raw: string;
}

export type GuestKind = 'qemu' | 'lxc';

/** Source: `/cluster/resources?type=vm` and `/nodes/{node}/{qemu|lxc}/{vmid}/config`. */
export interface GuestFacts {
  vmid: number;
  kind: GuestKind;
  /** Never empty: a guest without a name is called `VM 101` or `CT 101`. */
  name: string;
  /** Node it is on now. */
  node: string;
  /** As Proxmox says: `running`, `stopped`, `paused`, `suspended`, `unknown` … */
  status: string;
  template: boolean;
  tags: string[];
  pool?: string;
  /** Virtual processors (`maxcpu`; sockets × cores of the configuration where the listing has none). */
  cpus: number;
  /** Bytes (`maxmem`). */
  memory: bigint;
  /** Bytes of all disks in the configuration; pass-through and removable media count nothing. */
  disk: bigint;
  /** `l26`, `win11`, `debian` …; none when not set. */
  os?: string;
  startAtBoot: boolean;
  /** Whether the QEMU guest agent is enabled in the configuration; false for a container. */
  agent: boolean;
  /** False for a virtual machine. */
  unprivileged: boolean;
  searchDomain?: string;
  /** Notes of the guest, as written. */
  notes: string;
  /** Its entry in `/cluster/resources`. */
  listing: string;
  /** Its configuration. */
  config: string;
}

export type DiskRole = 'disk' | 'root-filesystem' | 'mount-point' | 'efi-vars' | 'tpm-state' | 'cdrom' | 'cloud-init' | 'passthrough' | 'unused';

/** One disk line of a guest's configuration. */
export interface VirtualDiskFacts {
  vmid: number;
  guest: GuestKind;
  /** Configuration key: `scsi0`, `rootfs`, `mp1`, `efidisk0`. */
  key: string;
  role: DiskRole;
  /** Storage name; none for a path or a device. */
  storage?: string;
  /** What follows the storage: `vm-101-disk-0`, `101/vm-101-disk-0.qcow2`. */
  volume: string;
  /** Bytes; none when the line does not say. */
  size?: bigint;
  /** `raw`, `qcow2`, `vmdk`; none when the line does not say. */
  format?: string;
  /** The options of the line in order: `iothread` = `1`. */
  options: Array<[string, string]>;
}

/** One address of a network interface. */
export interface Address {
  /** Without prefix length: `192.0.2.10`, `2001:db8::10`. */
  ip: string;
  prefix?: number;
}

/**
 * What the guest itself says of an interface. Source: guest agent `network-get-interfaces`, or
 * `/nodes/{node}/lxc/{vmid}/interfaces`.
 */
export interface GuestInterfaceFacts {
  vmid: number;
  guest: GuestKind;
  /** Name inside the guest: `ens18`, `Ethernet 2`. */
  name: string;
  /** Lower case with colons; none when the interface has none. */
  mac?: string;
  addresses: Address[];
  /** Configuration key of the interface with the same MAC: `net0`. */
  net?: string;
  raw: string;
}

/** One network line of a guest's configuration, merged by MAC with what the guest says. */
export interface VmInterfaceFacts {
  vmid: number;
  guest: GuestKind;
  /** Configuration key: `net0`. */
  key: string;
  /** Name for the guest in a container's configuration (`name=eth0`). */
  name?: string;
  /** Name inside the guest, from the interface with the same MAC. */
  guestName?: string;
  /** `virtio`, `e1000`, `veth` … */
  model: string;
  /** Lower case with colons. */
  mac?: string;
  bridge?: string;
  /** Untagged VLAN. */
  vlan?: number;
  /** Tagged VLANs, ranges expanded, sorted. */
  trunks: number[];
  linkDown: boolean;
  firewall: boolean;
  mtu?: number;
  /** Bits a second (Proxmox's megabytes a second times 8 000 000); none when unlimited. */
  rate?: bigint;
  options: Array<[string, string]>;
}

/** One MAC address of one interface. */
export interface MacAddressFacts {
  vmid: number;
  /** Configuration key: `net0`. */
  net: string;
  /** Lower case with colons. */
  mac: string;
}

/** One VLAN that a guest or a node interface of the source uses. Each id comes once per source. */
export interface VlanFacts {
  id: number;
  /** Names of the bridges it is used on, sorted. */
  bridges: string[];
}

/** Who told us of an address. */
export type AddressOrigin = 'config' | 'agent' | 'node';

/** What an address is on. */
export type AddressOwner = { tag: 'vm-interface'; val: [number, string] } | { tag: 'node-interface'; val: [string, string] };

/** One address of one interface. */
export interface IpAddressFacts {
  owner: AddressOwner;
  address: Address;
  origin: AddressOrigin;
  /** IPv6 link-local or IPv4 169.254.0.0/16. */
  linkLocal: boolean;
}

/** Everything that could be the primary address of one guest, in the order of its interfaces. */
export interface PrimaryIpFacts {
  vmid: number;
  /** Configuration key of the interface, and the address. */
  candidates: Array<[string, Address]>;
}

/** Source: `/nodes/{node}/{qemu|lxc}/{vmid}/snapshot`, without the entry `current`. */
export interface SnapshotFacts {
  vmid: number;
  guest: GuestKind;
  node: string;
  name: string;
  description: string;
  parent?: string;
  taken?: bigint;
  /** Whether memory is part of it. */
  withMemory: boolean;
  /** Storage of the guest's first disk. */
  storage?: string;
  raw: string;
}

/** Source: `/nodes/{node}/storage/{storage}/content?content=backup`. */
export interface BackupFacts {
  storage: string;
  /** A node that sees it; of a shared storage, the first. */
  node: string;
  volumeId: string;
  /** None when Proxmox cannot tell. */
  vmid?: number;
  guest?: GuestKind;
  /** `vma.zst`, `tar.zst`, `pbs-vm` …, as Proxmox says. */
  format: string;
  /** Bytes. */
  size?: bigint;
  used?: bigint;
  created?: bigint;
  notes: string;
  protected: boolean;
  /** Key fingerprint, `1`, or empty. */
  encrypted: string;
  verificationState?: string;
  verificationTask?: string;
  raw: string;
}

/** Which guests a backup job covers. */
export type Selection = { tag: 'all' } | { tag: 'guests'; val: number[] } | { tag: 'pool'; val: string };

/** One job of `/cluster/backup`. */
export interface BackupRoutineFacts {
  id: string;
  enabled: boolean;
  schedule: string;
  comment: string;
  /** Only on this node. */
  node?: string;
  storage?: string;
  selection: Selection;
  /** Guests left out of `all` or of a pool. */
  exclude: number[];
  /** The retention rule, one pair for each part: `keep-last` = `3`. */
  retention: Array<[string, string]>;
  /** Next run, when Proxmox tells. */
  nextRun?: bigint;
  raw: string;
}

/** One job of `/cluster/replication`. */
export interface ReplicationFacts {
  id: string;
  vmid: number;
  number: number;
  sourceNode?: string;
  targetNode: string;
  schedule: string;
  /** MB/s; none when unlimited. */
  rate?: number;
  comment: string;
  enabled: boolean;
  raw: string;
}

/** One task that names a guest. Source: `/nodes/{node}/tasks`. */
export interface TaskFacts {
  upid: string;
  node: string;
  vmid: number;
  guest: GuestKind;
  /** `qmstart`, `vzdump`, `vzmigrate` … */
  kind: string;
  user: string;
  started: bigint;
  /** None while it runs. */
  ended?: bigint;
  /** `OK`, an error text, or none while it runs. */
  status?: string;
  process?: bigint;
  raw: string;
}

/** The cloud-init lines of a guest's configuration. Secrets are not among them. */
export interface CloudInitFacts {
  vmid: number;
  user?: string;
  /** Public keys, one each. */
  sshKeys: string[];
  nameservers: string[];
  searchDomain?: string;
  /** `net0` and its `ipconfig0` line. */
  addresses: Array<[string, string]>;
  /** Whether a password is set; never the password. */
  hasPassword: boolean;
  upgrade: boolean;
}
