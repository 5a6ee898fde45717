// Keeps the live parts of the panel fresh. Never moves a switch that the user has touched.
(() => {
  const EVERY_MS = 2000;
  const live = document.getElementById('live');
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
    pending.hidden = !switches.some((box) => box.checked !== (toggles[box.name] === true));
  };

  const swap = (html) => {
    const fresh = new DOMParser().parseFromString(html, 'text/html');
    const focused = document.activeElement && document.activeElement.id;
    const scrolled = document.getElementById('live-json').scrollTop;
    for (const part of fresh.querySelectorAll('[data-part]')) {
      const old = live.querySelector(`[data-part="${part.dataset.part}"]`);
      if (old && old.innerHTML !== part.innerHTML) old.replaceChildren(...part.childNodes);
    }
    const json = document.getElementById('live-json');
    json.scrollTop = scrolled;
    if (focused && document.activeElement.id !== focused) {
      const again = document.getElementById(focused);
      if (again) again.focus({ preventScroll: true });
    }
    show(JSON.parse(json.dataset.toggles));
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
  show(JSON.parse(document.getElementById('live-json').dataset.toggles));
  told(`Live, ${clock()}`, false);
  const loop = async () => { await refresh(); setTimeout(loop, EVERY_MS); };
  setTimeout(loop, EVERY_MS);
  document.addEventListener('visibilitychange', refresh);
})();
