// Keeps the live parts of the panel fresh. Never moves a switch that the user has touched.
(() => {
  const EVERY_MS = 2000;
  const pulse = document.getElementById('pulse');
  const pending = document.getElementById('pending');
  const switches = [...document.querySelectorAll('input[role=switch]')];
  const touched = new Set();
  let current = {};

  const told = (text, lost) => { pulse.textContent = text; pulse.classList.toggle('lost', lost); };
  const clock = () => new Date().toLocaleTimeString();

  const show = (toggles) => {
    current = toggles;
    for (const box of switches) {
      const on = toggles[box.name] === true;
      if (!touched.has(box)) box.checked = on;
      document.querySelector(`[data-now="${box.name}"]`).textContent = on ? 'on now' : 'off now';
    }
    if (pending) pending.hidden = !switches.some((box) => box.checked !== (toggles[box.name] === true));
  };

  // An operator's page has no state as JSON, and no switches.
  const state = () => document.getElementById('live-json');
  const showState = () => { if (state()) show(JSON.parse(state().dataset.toggles)); };

  const swap = (html) => {
    const fresh = new DOMParser().parseFromString(html, 'text/html');
    const focused = document.activeElement && document.activeElement.id;
    const scrolled = state() && state().scrollTop;
    for (const part of fresh.querySelectorAll('[data-part]')) {
      const old = document.querySelector(`[data-part="${part.dataset.part}"]`);
      if (old && old.innerHTML !== part.innerHTML) old.replaceChildren(...part.childNodes);
    }
    if (state()) state().scrollTop = scrolled;
    if (focused && document.activeElement.id !== focused) {
      const again = document.getElementById(focused);
      if (again) again.focus({ preventScroll: true });
    }
    showState();
  };

  const refresh = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch('/panel/live', { cache: 'no-store', signal: AbortSignal.timeout(5000) });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      swap(await answer.text());
      told(`Live, ${clock()}`, false);
    } catch (error) {
      if (!pulse.classList.contains('lost')) told(`▲ Not reachable since ${clock()}`, true);
    }
  };

  for (const box of switches) box.addEventListener('change', () => { touched.add(box); show(current); });
  for (const link of document.querySelectorAll('[data-example]')) {
    link.addEventListener('click', (event) => {
      event.preventDefault();
      const step = document.getElementById('step');
      step.value = link.dataset.example;
      step.focus();
    });
  }
  showState();
  told(`Live, ${clock()}`, false);
  const loop = async () => { await refresh(); setTimeout(loop, EVERY_MS); };
  setTimeout(loop, EVERY_MS);
  document.addEventListener('visibilitychange', refresh);
})();
