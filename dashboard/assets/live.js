"use strict";
// Keeps the page live: fetches it again every few seconds and carries over what changed in the
// parts marked data-live, in place, so that scroll position, focus, selection and form stay.
(() => {
  const every = 1000 * Number(document.body.dataset.every || 5);
  const who = document.body.dataset.who || "The dashboard";
  const lost = document.getElementById("lost");
  const style = (page) => page.querySelector("link[rel=stylesheet]").getAttribute("href");
  let timer = 0;
  let since = null;

  function attributes(old, fresh) {
    for (const { name } of [...old.attributes]) {
      if (!fresh.hasAttribute(name)) old.removeAttribute(name);
    }
    for (const { name, value } of fresh.attributes) {
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
  }

  function become(old, fresh) {
    if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName) {
      old.replaceWith(fresh);
    } else if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    } else if (!old.isEqualNode(fresh)) {
      attributes(old, fresh);
      const [was, is] = [[...old.childNodes], [...fresh.childNodes]];
      is.forEach((child, at) => (was[at] ? become(was[at], child) : old.append(child)));
      was.slice(is.length).forEach((child) => child.remove());
    }
  }

  function show(page) {
    if (style(page) !== style(document)) return location.reload();
    for (const part of document.querySelectorAll("[data-live]")) {
      const fresh = page.getElementById(part.id);
      if (!fresh) return location.reload();
      become(part, fresh);
    }
    document.title = page.title;
    become(document.querySelector("link[rel=icon]"), page.querySelector("link[rel=icon]"));
  }

  function say(text) {
    lost.hidden = !text;
    lost.textContent = text;
  }

  async function refresh() {
    clearTimeout(timer);
    const selecting = String(getSelection()).length > 0;
    if (!document.hidden && !selecting) {
      try {
        const answer = await fetch(location.href, { cache: "no-store" });
        if (answer.status === 404) return location.reload();
        if (!answer.ok) throw new Error(answer.statusText);
        show(new DOMParser().parseFromString(await answer.text(), "text/html"));
        since = null;
        say("");
      } catch {
        since ??= new Date().toLocaleTimeString();
        say(`${who} has not answered since ${since} on this machine’s clock. What you see is old.`);
      }
    }
    timer = setTimeout(refresh, every);
  }

  document.addEventListener("visibilitychange", () => document.hidden || refresh());
  document.addEventListener("change", ({ target }) => {
    if (target.matches("select:not([data-wait])")) target.form.requestSubmit();
  });
  timer = setTimeout(refresh, every);
})();
