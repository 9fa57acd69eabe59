"""Fills custom fields from `key: value` lines in the notes of a guest."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from proxbox_sdk import Context, GuestFacts, Native, Outcome, log, virtual_machine

#: Proxmox shows notes as Markdown, so a line may be an item of a list and its key may be bold.
LINE = re.compile(r"^([^:\n]+):[*_`]*[ \t]+(\S.*?)\s*$", re.MULTILINE)
WORDS = {"yes": True, "true": True, "on": True, "1": True, "no": False, "false": False, "off": False, "0": False}
READ = {"text": str, "integer": int, "decimal": Decimal, "boolean": lambda text: WORDS[text.lower()]}


@dataclass
class Settings:
    fields: dict[str, str] = field(default_factory=dict)


def lines(notes: str) -> Iterator[tuple[str, str]]:
    """Names of custom fields and what the notes say: `Cost center: 4711` fills `cost_center`."""
    for key, text in LINE.findall(notes):
        yield re.sub(r"[^a-z0-9]+", "_", key.lower()).strip("_"), text


@virtual_machine.wrap
def fields_of_notes(cx: Context, guest: GuestFacts, usual: Outcome) -> Outcome:
    types = cx.settings(Settings).fields
    found: dict[str, Native] = {}
    for name, text in lines(guest.notes):
        if name not in types:
            continue
        try:
            found[name] = READ[types[name]](text)
        except (ValueError, KeyError, ArithmeticError):
            log.warn(f"The notes of {guest.vmid} ({guest.name}) say `{text}` for {name}, which is no {types[name]}.")
    return usual.custom(**found)
