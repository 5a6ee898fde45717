// The status of all services on any page of the same origin:
//   <div id="system-status"></div> <script src="…/static/js/status.js"></script>
//   SystemStatus.mount('#system-status', {intervalMs: 15000, url: '/api/status'})
// Everything that comes from outside is set as text, never as markup. Needs no inline code or style.
(() => {
  'use strict';

  const own = document.currentScript && document.currentScript.src;
  const URL_OF_STATUS = own ? new URL('../../api/status', own).href : '/api/status';
  const EVERY_MS = 15000;
  const LIMIT_MS = 10000;

  const STYLE = `
    .sys-status { font: 15px/1.45 system-ui, sans-serif; color: CanvasText; }
    .sys-status * { box-sizing: border-box; }
    .sys-status-summary { margin: 0 0 .75em; font-weight: 600; }
    .sys-status-banner { margin: 0 0 .75em; padding: .5em .75em; border-left: 4px solid #a15c00;
      background: color-mix(in srgb, #a15c00 14%, Canvas); }
    .sys-status-cards { display: grid; gap: .75em;
      grid-template-columns: repeat(auto-fill, minmax(min(17em, 100%), 1fr)); }
    .sys-status-card { padding: .75em; border: 1px solid color-mix(in srgb, CanvasText 25%, Canvas);
      border-top: 4px solid #6b7280; border-radius: 6px; overflow-wrap: anywhere; }
    .sys-status-card.is-ok { border-top-color: #15803d; }
    .sys-status-card.is-fail { border-top-color: #b91c1c; }
    .sys-status-card h3 { margin: 0 0 .25em; font-size: 1em; }
    .sys-status-card p { margin: 0 0 .5em; }
    .sys-status-card dl { display: grid; grid-template-columns: max-content 1fr; gap: .1em .75em;
      margin: 0; }
    .sys-status-card dt { opacity: .75; }
    .sys-status-card dd { margin: 0; }
    .sys-status-card .is-fail { font-weight: 600; }
    .sys-status-card .is-none { opacity: .6; }`;

  let styled = false;
  const style = () => {
    if (styled) return;
    styled = true;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  };

  const make = (tag, name, text) => {
    const element = document.createElement(tag);
    if (name) element.className = name;
    if (text !== undefined) element.textContent = String(text);
    return element;
  };

  const millis = (value) => (Number.isFinite(value) ? ` in ${value} ms` : '');
  const PARTS = [
    ['http', 'HTTP', (part) => (part.status ? `${part.status}${millis(part.latency_ms)}` : part.error)],
    ['port', 'Port', (part) => `${part.port} ${part.ok ? 'open' : part.ok === false ? 'closed' : 'unknown'}`],
    ['systemd', 'systemd', (part) => `${part.unit}: ${part.state || 'unknown'}`],
    ['processes', 'Processes', (part) => (Number.isFinite(part.count) ? part.count : 'unknown')],
  ];

  const row = (list, label, part, words) => {
    list.append(make('dt', '', label));
    if (part === null || part === undefined) {
      list.append(make('dd', 'is-none', 'n/a'));
      return;
    }
    const value = make('dd', part.ok === false ? 'is-fail' : '', words(part));
    if (part.error) value.title = String(part.error);
    list.append(value);
  };

  const card = (key, service) => {
    const failed = service.status === 'FAIL' || service.status === 'RETRYING';
    const box = make('article', `sys-status-card ${service.ok ? 'is-ok' : failed ? 'is-fail' : ''}`);
    box.dataset.key = key;
    box.append(make('h3', '', service.name || key));
    box.append(make('p', '', service.ok ? service.status : `${service.status}: ${service.reason || ''}`));
    const list = make('dl');
    for (const [name, label, words] of PARTS) row(list, label, service[name], words);
    if (service.auto_restart_attempted || service.auto_restart_result) {
      list.append(make('dt', '', 'Restart'), make('dd', '', service.auto_restart_result || 'attempted'));
    }
    box.append(list);
    return box;
  };

  const summary = (body) => {
    const at = body.generated_at ? new Date(body.generated_at) : null;
    const when = at && !Number.isNaN(at.getTime()) ? `, ${at.toLocaleTimeString()}` : '';
    return `${body.ok_count} of ${body.total} up, ${body.fail_count} failing${when}`;
  };

  const draw = (root, body) => {
    const inside = [];
    if (body._warning) inside.push(banner(body._warning));
    inside.push(make('p', 'sys-status-summary', summary(body)));
    const cards = make('div', 'sys-status-cards');
    for (const [key, service] of Object.entries(body.services || {})) cards.append(card(key, service));
    inside.push(cards);
    root.replaceChildren(...inside);
  };

  const banner = (text) => {
    const box = make('p', 'sys-status-banner', text);
    box.setAttribute('role', 'status');
    return box;
  };

  // What was seen last stays; the banner says that it is not new.
  const complain = (root, text) => {
    for (const old of root.querySelectorAll(':scope > .sys-status-banner')) old.remove();
    root.prepend(banner(text));
  };

  const ask = async (url) => {
    const answer = await fetch(url, {
      cache: 'no-store',
      credentials: 'same-origin',
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    if (answer.status === 401) throw new Error('an API key is needed');
    const body = await answer.json();
    if (body.error === 'status_file_not_found') throw new Error('there is no status yet');
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    return body;
  };

  /** Shows the status in an element; gives back {refresh, stop}. */
  const mount = (target, options = {}) => {
    const root = typeof target === 'string' ? document.querySelector(target) : target;
    if (!root) throw new Error(`SystemStatus.mount: there is no ${target}`);
    const url = options.url || URL_OF_STATUS;
    const every = Math.max(250, Number(options.intervalMs) || EVERY_MS);
    let timer;
    let stopped = false;
    const refresh = async () => {
      clearTimeout(timer);
      try {
        const body = await ask(url);
        if (!stopped) draw(root, body);
      } catch (error) {
        if (!stopped) complain(root, `The status cannot be read: ${error.message}`);
      }
      clearTimeout(timer);
      if (!stopped) timer = setTimeout(refresh, every);
    };
    style();
    root.classList.add('sys-status');
    refresh();
    return {
      refresh,
      stop: () => {
        stopped = true;
        clearTimeout(timer);
      },
    };
  };

  window.SystemStatus = Object.freeze({ mount });
})();
