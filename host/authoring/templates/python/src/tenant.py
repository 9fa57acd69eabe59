"""Gives a guest the tenant that one of its tags names: `tenant-acme` is the tenant Acme."""

from dataclasses import dataclass

from proxbox_sdk import Context, Draft, GuestFacts, Outcome, ref, slug, tagged, virtual_machine


@dataclass
class Settings:
    prefix: str = "tenant-"


@virtual_machine.wrap
def tenant_of_tag(cx: Context, guest: GuestFacts, usual: Outcome) -> Outcome:
    tags = tagged(guest, cx.settings(Settings).prefix)
    if not tags:
        return usual
    name = tags[0].replace("-", " ").title()
    return usual.set(tenant=ref.tenant(slug(name))).bring(Draft.named("tenancy.tenant", name))
