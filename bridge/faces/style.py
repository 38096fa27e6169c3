"""The looks of the report page: one style sheet for screen and paper, light and dark, with nothing to fetch."""

from typing import Final

CSS: Final = """
:root{--bg:#f6f7f9;--card:#fff;--ink:#1d2430;--soft:#5b6675;--line:#dfe3e9;--bar:#c9d0da;--black:#f1f3f6;
--c0:#8d9bb0;--c1:#e4502a;--c2:#12927f;--c3:#8552c9;--c4:#b98500;--c5:#2f7fc4;--c6:#c43d83;--c7:#5c7a29}
@media (prefers-color-scheme:dark){:root{--bg:#14171c;--card:#1b1f26;--ink:#e6e9ee;--soft:#98a3b3;--line:#2c333d;
--bar:#39424f;--black:#171b21;--c0:#76859b;--c1:#ff7a52;--c2:#3cc0ab;--c3:#b08aec;--c4:#dcae3c;--c5:#68aeea;
--c6:#ec79b2;--c7:#9dbb63}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:1180px;margin:0 auto;padding:36px 24px 64px}
h1{margin:0;font-size:27px;line-height:1.25;font-weight:650;letter-spacing:-.01em;overflow-wrap:anywhere}
h2{margin:40px 0 12px;font-size:18px;font-weight:650}
h3{margin:0;font-size:15px;font-weight:650;overflow-wrap:anywhere}
h3 small{font-weight:400;color:var(--soft);margin-left:.6em}
.lead{margin:6px 0 0;color:var(--soft);overflow-wrap:anywhere}
.lead b{color:var(--ink);font-weight:600}
.facts{display:flex;flex-wrap:wrap;gap:10px;margin:22px 0 0;padding:0;list-style:none}
.facts li{flex:1 1 150px;background:var(--card);border:1px solid var(--line);border-radius:10px;padding:10px 14px}
.facts b{display:block;font-size:21px;font-weight:650;line-height:1.3;font-variant-numeric:tabular-nums}
.facts span{color:var(--soft);font-size:13px}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;margin:0 0 14px;padding:0;list-style:none;font-size:13px;
color:var(--soft)}
.legend i{display:inline-block;width:18px;height:10px;border-radius:2px;margin-right:6px;background:var(--c)}
.legend i.ring{background:none;border:1.5px dashed var(--ink)}
.legend i.edge{box-shadow:0 0 0 1.5px var(--ink)}
.part{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:14px 16px 10px;margin:0 0 14px;
break-inside:avoid}
.scroll{overflow-x:auto}
svg.roll{display:block;margin-top:8px;font:10px system-ui,sans-serif}
@media screen{svg.fits{width:100%;height:auto;min-width:760px}}
svg .bar{fill:var(--soft);font-size:10px}
svg .pane{fill:var(--soft);font-size:11px;font-weight:600}
svg .key{fill:var(--soft);font-size:9px;text-anchor:end}
svg .paper{fill:none;stroke:var(--line);stroke-width:1}
svg .black{fill:var(--black)}
svg .grid{stroke:var(--bar);stroke-width:.8;fill:none}
svg .same{fill:var(--c)}
svg .stem{stroke:var(--c);stroke-width:1.6;fill:none}
svg path.stem.a0{opacity:.75}
svg .changed rect,svg .added rect{fill:var(--c);stroke:var(--ink);stroke-width:1.2}
svg .changed .stem,svg .added .stem{stroke-width:2.6}
svg .removed rect{fill:var(--card);stroke:var(--ink);stroke-width:1.4;stroke-dasharray:3 2}
svg .removed .stem{stroke:var(--ink);stroke-dasharray:2 2}
svg .pedal{fill:var(--c)}
svg circle.mark{fill:var(--c)}
svg text.mark{fill:var(--card);font-size:9px;font-weight:700;text-anchor:middle}
svg a:hover circle{stroke:var(--ink);stroke-width:1.5}
table{width:100%;border-collapse:collapse;background:var(--card);border:1px solid var(--line);font-size:14px}
th{text-align:left;font-size:12px;font-weight:600;color:var(--soft);border-bottom:1px solid var(--line)}
th,td{padding:7px 12px;vertical-align:top;overflow-wrap:break-word}
th{white-space:nowrap}
tbody tr+tr td{border-top:1px solid var(--line)}
tr:target td{background:var(--black)}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td ul{margin:0;padding:0;list-style:none}
td .at{color:var(--soft);font-size:12px;margin-right:.5em}
td summary{color:var(--soft);cursor:pointer;font-size:13px}
tr.back td{color:var(--soft)}
tr.back td>*,tr.back td{text-decoration:line-through}
tr.back .tag{text-decoration:none;display:inline-block}
.tag{border:1px solid var(--line);border-radius:9px;padding:0 7px;font-size:12px;color:var(--soft);white-space:nowrap}
.who{white-space:nowrap}
.who i{display:inline-block;width:9px;height:9px;border-radius:50%;background:var(--c);margin-right:6px}
.wide{overflow-x:auto}
footer{margin-top:36px;color:var(--soft);font-size:13px}
@media print{
:root{--bg:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#ccc;--bar:#bbb;--black:#f1f3f6;--c0:#8d9bb0;--c1:#d8431d;
--c2:#12927f;--c3:#8552c9;--c4:#b98500;--c5:#2f7fc4;--c6:#c43d83;--c7:#5c7a29}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
body{font-size:11px}main{max-width:none;padding:0}
svg.roll{width:100%;height:auto}tr,.facts li{break-inside:avoid}.scroll,.wide{overflow:visible}
.part{padding:8px 10px}table,td summary,.tag,td .at,th{font-size:10px}th,td{padding:4px 8px}
}
"""
AUTHOR_COLOURS: Final = 8


def author_classes() -> str:
    """One class for each colour an author can have."""
    return "".join(f".a{n}{{--c:var(--c{n})}}" for n in range(AUTHOR_COLOURS))
