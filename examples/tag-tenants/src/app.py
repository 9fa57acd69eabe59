"""Gives a guest the tenant that a tag or its name says; everything else stays with the next mapper."""

from dataclasses import dataclass, field

from proxbox_sdk import Context, Draft, GuestFacts, Outcome, matches, ref, slug, tagged, virtual_machine


@dataclass
class Settings:
    prefix: str = "tenant-"
    tenants: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def key_of(self, guest: GuestFacts) -> str | None:
        """What the first tag says, else the first pattern that the name fits."""
        by_tag = tagged(guest, self.prefix)
        by_name = [key for pattern, key in self.names.items() if matches(pattern, guest.name)]
        return next(iter(by_tag + by_name), None)


@virtual_machine.wrap
def tenant(cx: Context, guest: GuestFacts, usual: Outcome) -> Outcome:
    settings = cx.settings(Settings)
    key = settings.key_of(guest)
    if key is None:
        return usual
    name = settings.tenants.get(key) or key.replace("-", " ").title()
    return usual.set(tenant=ref.tenant(slug(key))).bring(Draft("tenancy.tenant", name=name, slug=slug(key)))
