// Gives paused and hibernated guests a status of their own; everything else stays with the next mapper.
import { raw, virtualMachine } from './proxbox-sdk.js';

const defaults = { paused: 'paused', hibernated: 'paused' };

// What Proxmox says of a guest that does not run, but will go on where it stopped.
const PAUSED = ['paused', 'suspended', 'prelaunch'];

virtualMachine.wrap((cx, guest, usual) => {
  const { paused, hibernated } = cx.settings(defaults);
  if (PAUSED.includes(guest.status)) return usual.set({ status: paused });
  return isHibernated(guest) ? usual.set({ status: hibernated }) : usual;
});

/**
 * A hibernated guest is `stopped`; that it is locked tells it from one that was shut down.
 * @param {import('./proxbox-sdk.js').GuestFacts} guest
 */
function isHibernated(guest) {
  const lock = raw(guest.listing).lock ?? raw(guest.config).lock;
  return guest.status === 'stopped' && lock === 'suspended';
}
