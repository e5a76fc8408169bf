// Tracking in the manner of Mautic's mtc.js: mt('send', 'pageview', {…}, {onload, onerror}).
(function (w, d, n) {
  var base = '__BASE__', key = '__KEY__', name = w.MauticTrackingObject || 'mt', early = (w[name] && w[name].q) || [], counter = 0;

  function get(k) { try { return localStorage.getItem(k) } catch (e) {} }
  function set(k, v) { try { localStorage.setItem(k, v) } catch (e) {} }
  function tell(what, detail) { d.dispatchEvent(new CustomEvent(what, { detail: detail })) }
  function form(p) {
    return Object.keys(p).filter(function (k) { return p[k] != null }).map(function (k) {
      return encodeURIComponent(k) + '=' + encodeURIComponent(p[k]);
    }).join('&');
  }

  function pageview(more, options) {
    var p = {
      page_title: d.title, page_language: d.documentElement.lang || n.language, preferred_locale: n.language,
      page_referrer: d.referrer, page_url: location.href, counter: counter++,
      timezone_offset: new Date().getTimezoneOffset(), timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      resolution: w.screen.width + 'x' + w.screen.height, platform: n.platform,
      do_not_track: n.doNotTrack == '1' || n.globalPrivacyControl ? 1 : 0,
      mautic_device_id: get('mautic_device_id') || get('mtc_id')
    };
    if (key) p.key = key;
    new URLSearchParams(location.search).forEach(function (v, k) { if (!k.indexOf('utm_')) p[k] = v });
    for (var k in more) p[k] = more[k];
    tell('eventAddedToMauticQueue', p);
    var x = new XMLHttpRequest();
    x.open('POST', base + '/mtc/event');
    x.setRequestHeader('Content-Type', 'application/x-www-form-urlencoded');
    x.withCredentials = true;
    x.onload = function () {
      var r = {};
      try { r = JSON.parse(x.responseText) } catch (e) {}
      if (r.device_id) { set('mautic_device_id', r.device_id); set('mtc_id', r.id) }
      tell('mauticPageEventDelivered', { event: p, params: more, response: r });
      options.onload && options.onload(r);
    };
    x.onerror = function () {
      new Image().src = base + '/mtracking.gif?' + form(p);
      options.onerror && options.onerror();
    };
    x.send(form(p));
  }
  function run(a) { if (a[0] == 'send' && a[1] == 'pageview') pageview(a[2] || {}, a[3] || {}) }
  w[name] = function () { run(arguments) };
  early.forEach(run);
})(window, document, navigator);
