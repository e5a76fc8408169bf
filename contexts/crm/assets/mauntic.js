// The first-party snippet. Loaded by
//   <script async src="https://HOST/mauntic.js" data-key="wk_live_…" data-consent="required"></script>
// and spoken to by mauntic('track', 'Name', {…}), also before it has loaded.
//
// Until consent is given, where the page asks for that, nothing is stored and nothing is sent; what is
// called meanwhile waits in memory. A browser that says Do Not Track or Global Privacy Control is left
// alone for good.
//
// It is served without remarks and spare blanks, and has to stay below 3 KB then: every statement ends
// with a semicolon, and there are no regular expressions or template strings.
((w, d, n, l) => {
  let s = d.currentScript, o = s && s.dataset;
  if (!o || !o.key) return;
  let M = 'mauntic_', A = 'ajs_anonymous_id', to = new URL('/v1/b', s.src).href,
    never = n.globalPrivacyControl || n.doNotTrack == '1',
    held = [], queue, busy, tries = 0, timer,
    get = k => { try { return localStorage.getItem(k) } catch (e) {} },
    set = (k, v) => { try { v == null ? localStorage.removeItem(k) : localStorage.setItem(k, v) } catch (e) {} },
    cookie = k => { let m = d.cookie.match('(?:^|; )' + k + '=([^;]*)'); return m && decodeURIComponent(m[1]) },
    put = (v, age) => d.cookie = M + 'id=' + v + ';path=/;samesite=lax;max-age=' + age + (l.protocol == 'https:' ? ';secure' : '') + (o.domain ? ';domain=' + o.domain : ''),
    // What Segment's library has kept, which puts some values into quotes.
    ajs = k => (get(k) || cookie(k) || '').split('"').join(''),
    // randomUUID is there only on pages that came safely.
    uuid = () => crypto.randomUUID ? crypto.randomUUID() : [...crypto.getRandomValues(new Uint8Array(16))].map(b => (b + 256).toString(16).slice(1)).join(''),
    ok = () => !never && (o.consent != 'required' || get(M + 'consent') == '1'),
    anon = () => { let id = cookie(M + 'id') || ajs(A) || uuid(); put(id, 31536e3); return id },
    where = p => Object.assign({ url: l.href, path: l.pathname, referrer: d.referrer, title: d.title }, p),
    utm = (c = {}) => { new URLSearchParams(l.search).forEach((v, k) => { if (!k.indexOf('utm_')) c[k == 'utm_campaign' ? 'name' : k.slice(4)] = v }); return c },
    call = (type, e) => {
      e = Object.assign(e, {
        type, messageId: uuid(), timestamp: new Date,
        context: {
          page: where(), campaign: utm(), locale: n.language, userAgent: n.userAgent, library: { name: 'mauntic.js' },
          timezone: Intl.DateTimeFormat().resolvedOptions().timeZone
        }
      });
      ok() ? emit(e) : never || held.push(e);
    },
    emit = e => {
      e.anonymousId = anon();
      if (e.type == 'identify' && e.userId) set(M + 'user', e.userId);
      e.userId = e.userId || get(M + 'user') || ajs('ajs_user_id') || undefined;
      queue = (queue || JSON.parse(get(M + 'queue') || '[]')).concat(e).slice(-100);
      save();
      timer = timer || setTimeout(flush, 20);
    },
    save = () => set(M + 'queue', queue[0] ? JSON.stringify(queue) : null),
    sent = count => { queue.splice(0, count); save() },
    body = most => JSON.stringify({ writeKey: o.key, batch: queue.slice(0, most), sentAt: new Date }),
    again = wait => timer = setTimeout(flush, Math.min(wait ? wait * 1e3 : 1e3 << Math.min(tries++, 8), 3e5)),
    flush = () => {
      timer = 0;
      if (busy || !queue[0]) return;
      let count = Math.min(queue.length, 50);
      busy = 1;
      fetch(to, { method: 'POST', body: body(count) }).then(r => {
        busy = 0;
        if (r.status > 499 || r.status == 429) return again(r.headers.get('retry-after'));
        tries = 0;
        sent(count);
        flush();
      }, () => { busy = 0; again() });
    },
    calls = {
      page: (name, p) => call('page', { name, properties: where(p) }),
      track: (event, properties) => call('track', { event, properties }),
      identify: (id, t) => call('identify', typeof id == 'object' ? { traits: id } : { userId: '' + id, traits: t }),
      group: (groupId, traits) => call('group', { groupId, traits }),
      alias: (userId, before) => call('alias', { userId, previousId: before || anon() }),
      reset: () => { ['ajs_user_id', A, M + 'user'].map(k => set(k)); put('', 0); held = [] },
      consent: yes => {
        set(M + 'consent', yes ? '1' : '0');
        if (!yes) { queue = []; save(); calls.reset() }
        else if (ok()) held.splice(0).map(emit);
      }
    },
    run = ([name, ...rest]) => calls[name] && calls[name](...rest),
    early = (w.mauntic || {}).q || [];
  w.mauntic = (...a) => run(a);
  if (o.auto != 'off') calls.page();
  early.map(a => run([...a]));
  // What has not been confirmed is sent again; the server counts it once.
  w.addEventListener('pagehide', () => { if (queue && queue[0] && ok() && n.sendBeacon(to, body(50))) sent(50) });
})(window, document, navigator, location);
