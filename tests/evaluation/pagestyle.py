"""How the page of an evaluation looks, and the few lines by which its plays are filtered."""

STYLE = """
:root { color-scheme: light dark; --ink: #1d1c1d; --soft: #616061; --paper: #fff; --line: #e4e2e6; --faint: #f6f5f7;
  --good: #0b6e4f; --bad: #b3261e; --warn: #8a5a00; --bot: #eaf3fb; --mark: #fdecea; --focus: #1264a3; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e6e9; --soft: #a9a6ab; --paper: #1a1d21; --line: #3a3d42; --faint: #22262b;
  --good: #5cc79a; --bad: #ff8a80; --warn: #e6b45c; --bot: #1f3547; --mark: #45201d; --focus: #6cb6ff; } }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 1080px;
  margin: 32px auto; padding: 0 24px; }
h1 { font-size: 26px; margin: 0; } h2 { font-size: 19px; margin: 36px 0 8px; } h3 { font-size: 15px; margin: 18px 0 6px; }
p, .soft { color: var(--soft); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(220px, 1fr)); gap: 14px; margin: 18px 0; }
.card { border: 1px solid var(--line); border-radius: 10px; padding: 12px 18px; }
.card b { display: block; font-size: 26px; } .card small { display: block; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: 8px 0; width: 100%; font-size: 14px; }
th, td { text-align: right; padding: 6px 10px; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 600; white-space: nowrap; } th:first-child, td:first-child { text-align: left; }
table.words td, table.words th { text-align: left; } table.words td { overflow-wrap: break-word; }
table.words td:nth-child(-n+4) { white-space: nowrap; } .trail table.words td:not(:first-child) { white-space: normal; } a { color: var(--focus); }
 td abbr { text-decoration: none; border-bottom: 1px dotted var(--soft); cursor: help; }
td.bad { font-weight: 600; }
.good { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); }
form { display: flex; flex-wrap: wrap; gap: 10px 16px; align-items: end; margin: 12px 0; padding: 12px 16px;
  border: 1px solid var(--line); border-radius: 10px; position: sticky; top: 0; background: var(--paper); z-index: 1; }
form label { font-size: 13px; color: var(--soft); } form select, form input { display: block; font: inherit; color: var(--ink);
  background: var(--paper); border: 1px solid var(--line); border-radius: 6px; padding: 3px 8px; height: 34px; max-width: 230px; }
output { margin-left: auto; color: var(--soft); }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 1px; }
details.play { border: 1px solid var(--line); border-radius: 8px; margin: 6px 0; scroll-margin-top: 110px; }
details.play > summary { padding: 7px 12px; cursor: pointer; display: flex; gap: 12px; align-items: baseline; }
details.play > summary::before { content: "▸"; color: var(--soft); } details.play[open] > summary::before { content: "▾"; }
summary .name { flex: 1; overflow-wrap: anywhere; } summary .verdict { min-width: 84px; font-weight: 600; }
summary .who { color: var(--soft); font-size: 13px; text-align: right; }
.body { padding: 2px 16px 14px; border-top: 1px solid var(--line); }
.body ul { margin: 4px 0; padding-left: 20px; overflow-wrap: anywhere; }
.said { margin: 6px 0; padding: 6px 12px; border-radius: 8px; background: var(--faint); max-width: 84%; overflow-wrap: anywhere; }
.said.bot { background: var(--bot); margin-left: auto; }
.said.pressed { background: none; border: 1px dashed var(--line); }
.said.company { background: none; max-width: 100%; text-align: center; color: var(--soft); }
.said header { font-size: 12px; color: var(--soft); } .said header b { color: var(--ink); }
.text { white-space: pre-wrap; unicode-bidi: isolate; }
.box { border-left: 4px solid var(--bad); background: var(--mark); padding: 6px 12px; margin: 10px 0; border-radius: 0 8px 8px 0; }
code { font: 13px/1.45 ui-monospace, monospace; overflow-wrap: anywhere; unicode-bidi: isolate; }
.trail summary { cursor: pointer; color: var(--soft); margin-top: 12px; }
[hidden] { display: none !important; }
@media (max-width: 640px) { body { padding: 0 12px; } form { position: static; } .said { max-width: 100%; }
  details.play > summary { flex-wrap: wrap; } summary .who { width: 100%; text-align: left; } }
"""
SCRIPT = """
const form = document.querySelector('form'), plays = [...document.querySelectorAll('details.play')];
const count = document.querySelector('output');
function filter() {
  const want = new FormData(form), word = want.get('word').trim().toLowerCase();
  let shown = 0;
  for (const play of plays) {
    const fits = ['runner', 'category'].every(name => !want.get(name) || play.dataset[name] === want.get(name))
      && (!want.get('verdict') || play.dataset.verdict.split(' ').includes(want.get('verdict')))
      && (!word || play.querySelector('summary').textContent.toLowerCase().includes(word));
    play.hidden = !fits;
    shown += fits;
  }
  count.textContent = shown + ' of ' + plays.length + ' plays';
}
function go() {
  const play = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!play || !plays.includes(play)) return;
  if (play.hidden) { form.reset(); filter(); }
  play.open = true;
  play.scrollIntoView();
}
form.addEventListener('input', filter);
form.addEventListener('reset', () => setTimeout(filter));
form.addEventListener('submit', event => event.preventDefault());
window.addEventListener('hashchange', go);
filter();
go();
"""
