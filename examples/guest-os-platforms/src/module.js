// Gives a guest the platform of its operating system, by names of the site; everything else stays with the next mapper.
import { Draft, ref, slug, tagged, virtualMachine } from './proxbox-sdk.js';

const defaults = {
  prefix: 'os-',
  /** @type {Record<string, string>} */
  platforms: {
    l26: 'Linux',
    win10: 'Windows 10 / Server 2016 or 2019',
    win11: 'Windows 11 / Server 2022 or 2025',
  },
};

virtualMachine.wrap((cx, guest, usual) => {
  const { prefix, platforms } = cx.settings(defaults);
  const [tag] = tagged(guest, prefix);
  const name = tag ? title(tag) : platforms[guest.os ?? ''];
  if (!name) return usual;
  return usual
    .set({ platform: ref.platform(slug(name)) })
    .drop('dcim.platform')
    .bring(Draft.named('dcim.platform', name));
});

/** `debian-12` as `Debian 12`. @param {string} tag */
function title(tag) {
  const words = tag.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return words.join(' ');
}
