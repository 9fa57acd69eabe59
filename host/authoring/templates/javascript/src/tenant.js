// Gives a guest the tenant that one of its tags names: `tenant-acme` is the tenant Acme.
import { Draft, ref, slug, tagged, virtualMachine } from './proxbox-sdk.js';

const defaults = { prefix: 'tenant-' };

virtualMachine.wrap((cx, guest, usual) => {
  const [tag] = tagged(guest, cx.settings(defaults).prefix);
  if (!tag) return usual;
  const name = title(tag);
  return usual.set({ tenant: ref.tenant(slug(name)) }).bring(Draft.named('tenancy.tenant', name));
});

/** `acme-labs` as `Acme Labs`. @param {string} tag */
function title(tag) {
  return tag
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ');
}
