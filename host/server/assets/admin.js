"use strict";

// The key is sent as a header, which a browser does not do by itself; so the page is fetched with it and put in place.
const STORED = "proxbox-api-key";
const EVERY = 10_000;

async function show(key) {
  const answer = await fetch("/admin/", {
    headers: { "X-Proxbox-API-Key": key, Accept: "application/json" },
    cache: "no-store",
  });
  if (!answer.ok) {
    const body = await answer.json().catch(() => ({}));
    const refused = answer.status === 401 || answer.status === 429;
    throw Object.assign(new Error(body.detail ?? body.message ?? `The service answered ${answer.status}.`), { refused });
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.querySelector("main").replaceWith(page.querySelector("main"));
  document.getElementById("forget").hidden = false;
}

async function logIn(event) {
  event.preventDefault();
  const key = document.getElementById("key").value.trim();
  try {
    await show(key);
    sessionStorage.setItem(STORED, key);
  } catch (error) {
    const refused = document.getElementById("refused");
    refused.textContent = error.message;
    refused.hidden = false;
  }
}

async function refresh() {
  const key = sessionStorage.getItem(STORED);
  if (!key || document.hidden) {
    return;
  }
  try {
    await show(key);
    document.querySelector("main").classList.remove("stale");
  } catch (error) {
    if (error.refused) {
      forget();
    } else {
      document.querySelector("main").classList.add("stale");
    }
  }
}

function forget() {
  sessionStorage.removeItem(STORED);
  location.reload();
}

document.getElementById("login")?.addEventListener("submit", logIn);
document.getElementById("forget").addEventListener("click", forget);
refresh();
setInterval(refresh, EVERY);
