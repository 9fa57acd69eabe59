"""The SDK of transform authors: decorate a function that changes what the next mapper of the chain made.

    from proxbox_sdk import Context, GuestFacts, Outcome, ref, virtual_machine

    @virtual_machine.wrap
    def role_of_pool(cx: Context, guest: GuestFacts, usual: Outcome) -> Outcome:
        return usual.set(role=ref.device_role(guest.pool)) if guest.pool else usual

Each object type has its own object here (`virtual_machine`, `node`, `ip_address` …) with `wrap`, `replace`, `before` and
`next`. `proxbox transform build` makes the module; name, version and what it wraps are in pyproject.toml.

Nothing here is read at run time: modules are loaded when the component is built.
"""

from __future__ import annotations

import dataclasses
import json
import re
import traceback
import types as _python
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Generic, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from wit_world.imports import log as _log
from wit_world.imports import types as _types
from wit_world.imports.facts import (
    Address,
    AddressOrigin,
    BackupFacts,
    BackupRoutineFacts,
    CloudInitFacts,
    ClusterFacts,
    DiskRole,
    GuestFacts,
    GuestInterfaceFacts,
    GuestKind,
    IpAddressFacts,
    MacAddressFacts,
    NodeFacts,
    NodeInterfaceFacts,
    PrimaryIpFacts,
    ReplicationFacts,
    SnapshotFacts,
    StorageFacts,
    TaskFacts,
    VirtualDiskFacts,
    VlanFacts,
    VmInterfaceFacts,
)
from wit_world.imports.types import Reference, Tag

Settings = TypeVar("Settings")
Facts = TypeVar("Facts")

#: What a field of a NetBox object may be set to. `None` clears it.
Native = Union[None, bool, int, float, Decimal, str, list[str], Reference, list[Reference], dict[str, Any]]


class Rejection(Exception):
    """Raise it when a fact is wrong: the object is reported as failed and the others go on."""

    def __init__(self, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.field = code, message, field


# --- drafts and outcomes --------------------------------------------------------------------------------------------


class _Editable:
    """What a draft and an outcome have in common: every change returns the object itself."""

    def _own(self) -> _types.Draft | None:
        raise NotImplementedError

    def set(self, **fields: Native):
        """Sets fields under NetBox's own names. `None` clears a field, which is not the same as leaving it out."""
        if own := self._own():
            _assign(own.fields, fields)
        return self

    def custom(self, **fields: Native):
        """Sets custom fields. Those not named stay."""
        if own := self._own():
            _assign(own.custom_fields, fields)
        return self

    def leave(self, *names: str):
        """Leaves fields to whoever owns them in NetBox."""
        if own := self._own():
            own.fields[:] = [field for field in own.fields if field.name not in names]
        return self

    def tag(self, name: str, color: str = "9e9e9e"):
        """Adds a tag, whose slug is made of its name. Tags not named stay. The colour is six hexadecimal digits."""
        own = self._own()
        if own and all(known.slug != slug(name) for known in own.tags):
            own.tags.append(Tag(name, slug(name), color))
        return self

    def get(self, name: str) -> Native:
        """The value of a field; `None` when it is cleared or not in the draft."""
        own = self._own()
        return _find(own.fields, name) if own else None

    def get_custom(self, name: str) -> Native:
        """The value of a custom field; `None` when it is cleared or not in the draft."""
        own = self._own()
        return _find(own.custom_fields, name) if own else None

    def __contains__(self, name: str) -> bool:
        """Whether the draft has that field, be it cleared."""
        own = self._own()
        return own is not None and any(field.name == name for field in own.fields)


class Draft(_Editable):
    """What one NetBox object should look like. Only what is set is compared and written."""

    def __init__(self, kind: str, **fields: Native) -> None:
        """An empty draft of a NetBox model (`virtualization.virtualmachine`), or one with these fields."""
        self.record = _types.Draft(kind, [], [], [], [])
        self.set(**fields)

    @classmethod
    def named(cls, kind: str, name: str, **fields: Native) -> Draft:
        """A draft with the two fields by which NetBox names most shared objects. The slug is made of the name."""
        return cls(kind, name=name, slug=slug(name), **fields)

    @classmethod
    def about(cls, reference: Reference, **fields: Native) -> Draft:
        """A draft of the object that a reference names."""
        draft = cls(reference.kind, **fields)
        draft.record.key = list(reference.key)
        return draft

    def _own(self) -> _types.Draft:
        return self.record


class Outcome(_Editable):
    """What was decided for one fact. Changes go to the draft of the fact's own object; what was skipped stays so."""

    def __init__(self, record: _types.Outcome) -> None:
        self.record = record

    def _own(self) -> _types.Draft | None:
        return self.record.value[0] if self.is_kept and self.record.value else None

    @property
    def is_kept(self) -> bool:
        """Whether there is an object, and not a reason for leaving it out."""
        return isinstance(self.record, _types.Outcome_Keep)

    def bring(self, *companions: Draft) -> Outcome:
        """Adds objects that this one needs. They are made when they are missing, and never changed afterwards."""
        if self.is_kept:
            self.record.value.extend(companion.record for companion in companions)
        return self

    def drop(self, kind: str) -> Outcome:
        """Leaves out the objects of a NetBox model that this one brought along, as when it names another one now."""
        if self.is_kept:
            self.record.value[1:] = [draft for draft in self.record.value[1:] if draft.kind != kind]
        return self


def keep(*drafts: Draft) -> Outcome:
    """Keeps an object: the first draft is the fact's own, the others are what it needs."""
    return Outcome(_types.Outcome_Keep([draft.record for draft in drafts]))


def skip(reason: str) -> Outcome:
    """Leaves the object out, for a reason that the operator reads."""
    return Outcome(_types.Outcome_Skip(reason))


def reject(code: str, message: str, field: str | None = None) -> Outcome:
    """Reports the object as failed: a kebab-case code, a sentence, and the field of the fact at fault."""
    return Outcome(_types.Outcome_Reject(_types.Rejection(code, message, field)))


def _assign(known: list[_types.Field], fields: dict[str, Native]) -> None:
    for name, native in fields.items():
        value = _to_value(name, native)
        for field in known:
            if field.name == name:
                field.value = value
                break
        else:
            known.append(_types.Field(name, value))


def _find(fields: list[_types.Field], name: str) -> Native:
    for field in fields:
        if field.name == name:
            return _to_native(field.value)
    return None


def _to_value(name: str, native: Native) -> _types.Value:
    if native is None:
        return _types.Value_Null()
    if isinstance(native, bool):
        return _types.Value_Flag(native)
    if isinstance(native, int):
        return _types.Value_Integer(native)
    if isinstance(native, (float, Decimal)):
        return _types.Value_Decimal(str(native))
    if isinstance(native, str):
        return _types.Value_Text(native)
    if isinstance(native, Reference):
        return _types.Value_Reference(native)
    if isinstance(native, dict):
        return _types.Value_Json(json.dumps(native))
    if isinstance(native, list) and native and all(isinstance(item, Reference) for item in native):
        return _types.Value_References(native)
    if isinstance(native, list) and all(isinstance(item, str) for item in native):
        return _types.Value_Texts(native)
    raise TypeError(f"the field {name} cannot hold a {type(native).__name__}: {native!r}")


def _to_native(value: _types.Value) -> Native:
    if isinstance(value, _types.Value_Null):
        return None
    if isinstance(value, _types.Value_Decimal):
        return Decimal(value.value)
    if isinstance(value, _types.Value_Json):
        return json.loads(value.value)
    return value.value


# --- references -----------------------------------------------------------------------------------------------------


def _by_slug(kind: str) -> Callable[[str], Reference]:
    return lambda slug: Reference(kind, [("slug", slug)])


def _of_guest(kind: str, vmid: int, *key: tuple[str, str]) -> Reference:
    return Reference(kind, [("proxmox-vmid", str(vmid)), *key])


class ref:
    """Names of NetBox objects: by slug, or by what Proxmox knows them as, whatever they are called in NetBox."""

    tenant = staticmethod(_by_slug("tenancy.tenant"))
    site = staticmethod(_by_slug("dcim.site"))
    location = staticmethod(_by_slug("dcim.location"))
    manufacturer = staticmethod(_by_slug("dcim.manufacturer"))
    device_role = staticmethod(_by_slug("dcim.devicerole"))
    platform = staticmethod(_by_slug("dcim.platform"))
    cluster_type = staticmethod(_by_slug("virtualization.clustertype"))
    cluster_group = staticmethod(_by_slug("virtualization.clustergroup"))
    virtual_machine_type = staticmethod(_by_slug("virtualization.virtualmachinetype"))

    @staticmethod
    def of(kind: str, **key: str) -> Reference:
        """Any object by its natural key: `ref.of("ipam.vrf", name="lab")`."""
        return Reference(kind, list(key.items()))

    @staticmethod
    def device_type(manufacturer: str, slug: str) -> Reference:
        """A device type; both are slugs."""
        return Reference("dcim.devicetype", [("manufacturer.slug", manufacturer), ("slug", slug)])

    @staticmethod
    def this_cluster(cx: Context) -> Reference:
        """The cluster that the facts come from."""
        return Reference("virtualization.cluster", [("proxmox-cluster", cx.source.cluster)])

    @staticmethod
    def node(name: str) -> Reference:
        """The device of a node of this source."""
        return Reference("dcim.device", [("proxmox-node", name)])

    @staticmethod
    def node_interface(node: str, name: str) -> Reference:
        """The interface of a node of this source."""
        return Reference("dcim.interface", [("proxmox-node", node), ("proxmox-interface", name)])

    @staticmethod
    def guest(vmid: int) -> Reference:
        """The virtual machine or container of this source with that vmid."""
        return _of_guest("virtualization.virtualmachine", vmid)

    @staticmethod
    def guest_interface(vmid: int, net: str) -> Reference:
        """The interface of a guest by its configuration key: `net0`."""
        return _of_guest("virtualization.vminterface", vmid, ("proxmox-net", net))

    @staticmethod
    def guest_disk(vmid: int, disk: str) -> Reference:
        """The disk of a guest by its configuration key: `scsi0`."""
        return _of_guest("virtualization.virtualdisk", vmid, ("proxmox-disk", disk))

    @staticmethod
    def guest_address(vmid: int, net: str, ip: str) -> Reference:
        """An address of a guest's interface, written as in the facts and without prefix length."""
        return _of_guest("ipam.ipaddress", vmid, ("proxmox-net", net), ("proxmox-ip", ip))

    @staticmethod
    def vlan(vid: int) -> Reference:
        """The VLAN with that id."""
        return Reference("ipam.vlan", [("vid", str(vid))])

    @staticmethod
    def storage(name: str) -> Reference:
        """The plugin's storage of this source with that name."""
        return Reference("netbox_proxbox.proxmoxstorage", [("proxmox-storage", name)])


# --- the context of a call ------------------------------------------------------------------------------------------


class Context:
    """What a mapper knows besides its facts: where they come from, what they are for, choices and settings."""

    def __init__(self, record: _types.Context) -> None:
        self.record = record
        self.source, self.target = record.source, record.target
        self._settings: dict[type, Any] = {}

    def settings(self, shape: type[Settings]) -> Settings:
        """The settings that the operator gave this module, as a dataclass; wrong ones reject the object."""
        if shape not in self._settings:
            try:
                self._settings[shape] = _read(shape, json.loads(self.record.settings))
            except ValueError as wrong:
                raise Rejection("wrong-settings", f"The settings of this module are wrong: {wrong}.") from wrong
        return self._settings[shape]

    def option(self, *path: str) -> str | None:
        """A choice of the run, maybe inside others: `cx.option("node-roles", "pve1", "qemu")`. Blank is none."""
        chosen = self._chosen(path)
        return chosen.strip() or None if isinstance(chosen, str) else None

    def flag(self, name: str, default: bool) -> bool:
        """A choice of the run that is on or off."""
        chosen = self._chosen((name,))
        return chosen if isinstance(chosen, bool) else default

    def has(self, feature: str) -> bool:
        """Whether the target NetBox has a feature of the contract: `virtual-machine-types`."""
        return feature in self.target.features

    def _chosen(self, path: tuple[str, ...]) -> Any:
        value = json.loads(self.record.options)
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return value


def _read(shape: type, given: Any) -> Any:
    """A dataclass from a JSON object. Says by name what is unknown, missing or of another type."""
    if not isinstance(given, dict):
        raise ValueError(f"{shape.__name__} is not an object")
    hints = get_type_hints(shape)
    values = {}
    for name, value in given.items():
        if name not in hints:
            raise ValueError(f"`{name}` is unknown")
        if not _fits(value, hints[name]):
            raise ValueError(f"`{name}` cannot be {json.dumps(value)}")
        values[name] = _read(hints[name], value) if dataclasses.is_dataclass(hints[name]) else value
    for field in dataclasses.fields(shape):
        is_required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        if is_required and field.name not in values:
            raise ValueError(f"`{field.name}` is missing")
    return shape(**values)


def _fits(value: Any, hint: Any) -> bool:
    origin, args = get_origin(hint), get_args(hint)
    if hint is Any:
        return True
    if origin in (Union, _python.UnionType):
        return any(_fits(value, case) for case in args)
    if origin is Literal:
        return value in args
    if origin is list:
        return isinstance(value, list) and all(_fits(item, args[0]) for item in value)
    if origin is dict:
        return isinstance(value, dict) and all(_fits(item, args[1]) for item in value.values())
    if dataclasses.is_dataclass(hint):
        return isinstance(value, dict)
    if hint in (int, float) and isinstance(value, bool):
        return False
    return isinstance(value, (int, float) if hint is float else hint)


# --- the log, texts and raw JSON ------------------------------------------------------------------------------------


class log:
    """Lines for the operator's log, kept with the run."""

    @staticmethod
    def debug(message: str) -> None:
        """A line that helps an author."""
        _log.write(_log.Level.DEBUG, message)

    @staticmethod
    def info(message: str) -> None:
        """A line that is good to know."""
        _log.write(_log.Level.INFO, message)

    @staticmethod
    def warn(message: str) -> None:
        """A line that the operator should look at."""
        _log.write(_log.Level.WARN, message)

    @staticmethod
    def error(message: str) -> None:
        """A line about something that went wrong."""
        _log.write(_log.Level.ERROR, message)


def slug(name: str) -> str:
    """A slug as NetBox likes it: lower case, every run of other characters than a-z and 0-9 one hyphen."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower()


def fit(text: str, limit: int, suffix: str = "") -> str:
    """A text of at most `limit` characters. A longer one is cut to make room for the suffix."""
    return text if len(text) <= limit else text[: max(limit - len(suffix), 0)] + suffix


def matches(pattern: str, name: str) -> bool:
    """Whether a name fits a pattern, without regard to the case of letters: `*` is any characters, `?` is one."""
    wild = {"*": ".*", "?": "."}
    expression = "".join(wild.get(letter) or re.escape(letter) for letter in pattern)
    return re.fullmatch(expression, name, re.IGNORECASE | re.DOTALL) is not None


def has_tag(guest: GuestFacts, tag: str) -> bool:
    """Whether a guest has a tag in Proxmox, without regard to the case of letters."""
    return any(held.lower() == tag.lower() for held in guest.tags)


def tagged(guest: GuestFacts, prefix: str) -> list[str]:
    """What follows a prefix in a guest's tags, in their order: `tagged(guest, "tenant-")` of `tenant-acme` is `acme`."""
    matching = [tag for tag in guest.tags if tag.lower().startswith(prefix.lower())]
    return [tag[len(prefix) :] for tag in matching if len(tag) > len(prefix)]


def raw(text: str) -> dict[str, Any]:
    """The raw JSON beside a fact (`guest.config`, `guest.listing`); what is no object is an empty one."""
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


# --- object types ---------------------------------------------------------------------------------------------------


class Interface(Generic[Facts]):
    """One object type of the contract. A module wraps the next mapper of the chain, or replaces it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._wrap: Callable[[Context, Facts, Outcome], Outcome] | None = None
        self._replace: Callable[[Context, Facts], Outcome] | None = None
        self._before: Callable[[Context, Facts], None] = lambda cx, fact: None
        self._next: Callable[[_types.Context, list[Facts]], list[_types.Outcome]] | None = None

    def wrap(self, function: Callable[[Context, Facts, Outcome], Outcome]):
        """Decorates the function that changes what the next mapper made of a fact."""
        self._wrap = function
        return function

    def replace(self, function: Callable[[Context, Facts], Outcome]):
        """Decorates the function that maps a fact on its own."""
        self._replace = function
        return function

    def before(self, function: Callable[[Context, Facts], None]):
        """Decorates the function that changes a fact before the next mapper sees it."""
        self._before = function
        return function

    def next(self, cx: Context, facts: list[Facts]) -> list[Outcome]:
        """What the next mapper of the chain makes of facts, in their order; at the end stands the built-in one."""
        if not self._next:
            raise LookupError(f"pyproject.toml does not say that this module wraps {self.name}")
        return [Outcome(record) for record in self._next(cx.record, facts)]

    def _map(self, cx: Context, facts: list[Facts]) -> Iterator[Outcome]:
        if self._replace:
            for fact in facts:
                yield self._one(fact, self._replace, cx, fact)
            return
        for fact in facts:
            self._before(cx, fact)
        for fact, usual in zip(facts, self.next(cx, facts), strict=True):
            yield self._one(fact, self._wrap, cx, fact, usual)

    def _one(self, fact: Facts, function: Any, *arguments: Any) -> Outcome:
        try:
            outcome = function(*arguments)
            if not isinstance(outcome, Outcome):
                raise TypeError(f"{function.__name__} must return an outcome, not {outcome!r}")
            return outcome
        except Rejection as wrong:
            return reject(wrong.code, wrong.message, wrong.field)
        except Exception:
            # The host finds out which object it was and does what its policy says.
            log.error(traceback.format_exc(limit=-2))
            raise


cluster = Interface[ClusterFacts]("cluster")
node = Interface[NodeFacts]("node")
node_interface = Interface[NodeInterfaceFacts]("node_interface")
storage = Interface[StorageFacts]("storage")
virtual_machine = Interface[GuestFacts]("virtual_machine")
virtual_disk = Interface[VirtualDiskFacts]("virtual_disk")
vm_interface = Interface[VmInterfaceFacts]("vm_interface")
mac_address = Interface[MacAddressFacts]("mac_address")
vlan = Interface[VlanFacts]("vlan")
ip_address = Interface[IpAddressFacts]("ip_address")
primary_ip = Interface[PrimaryIpFacts]("primary_ip")
snapshot = Interface[SnapshotFacts]("snapshot")
backup = Interface[BackupFacts]("backup")
backup_routine = Interface[BackupRoutineFacts]("backup_routine")
replication = Interface[ReplicationFacts]("replication")
task = Interface[TaskFacts]("task")
cloud_init = Interface[CloudInitFacts]("cloud_init")
guest_interface = Interface[GuestInterfaceFacts]("guest_interface")


def exported(interface: Interface[Any], role: Literal["wrap", "replace"], next_mapper: Any = None) -> type:
    """The class that componentize-py exports for an object type. For the code that `proxbox transform build` writes."""
    interface._next = next_mapper
    if not getattr(interface, f"_{role}"):
        raise LookupError(f"pyproject.toml says `{role}s`, but no function is decorated with @{interface.name}.{role}")

    class Exported:
        def transform(self, context: _types.Context, facts: list[Any]) -> list[_types.Outcome]:
            return [outcome.record for outcome in interface._map(Context(context), facts)]

    return Exported
