// Dos minutos antes de que la sesión se cierre, avisa y deja seguir. Sin este archivo, el servidor la cierra igual.
(function (d) {
  var box = d.getElementById('sesion'); if (!box || !box.showModal) return;
  var KEY = 'sesion-termina', NOTICE = 120000, LATE = 3000, ends = 0;
  // La hora de cierre se comparte entre pestañas: usar una mantiene abiertas todas.
  function write(seconds) { ends = Date.now() + seconds * 1000; try { localStorage.setItem(KEY, ends); } catch (e) { /* sin almacenamiento: cada pestaña cuenta sola */ } }
  function read() { try { ends = Math.max(ends, +localStorage.getItem(KEY) || 0); } catch (e) { /* igual */ } return ends; }
  function leave() { location.replace(location.href.split('#')[0]); }
  function stay() {
    fetch(box.dataset.keep, { credentials: 'same-origin', redirect: 'manual' }).then(function (r) {
      if (!r.ok) { leave(); return; }
      return r.json().then(function (j) { write(j.seconds); box.close(); });
    }).catch(function () { box.close(); });
  }
  function hour(t) {
    var x = new Date(t), h = x.getHours(), m = ('0' + x.getMinutes()).slice(-2);
    if (h === 12 && m === '00') return '12\u00a0m.';
    return (h % 12 || 12) + ':' + m + '\u00a0' + (h < 12 ? 'a' : 'p') + '.\u00a0m.';
  }
  write(+box.dataset.seconds);
  box.querySelector('[data-stay]').addEventListener('click', stay);
  box.addEventListener('cancel', function (e) { e.preventDefault(); stay(); });
  setInterval(function () {
    var left = read() - Date.now();
    // Un poco después de la hora: pedir la página antes la mantendría abierta.
    if (left <= -LATE) leave();
    else if (left > NOTICE) { if (box.open) box.close(); }
    else if (!box.open) { box.querySelector('[data-hour]').textContent = hour(ends); box.showModal(); }
  }, 1000);
})(document);
