/** Of the report: it follows the light or dark of who reads. */
export const style = `
:root { color-scheme: light dark; --ink: #1d2530; --soft: #5a6675; --line: #dde3ea; --page: #f6f8fa; --card: #fff;
  --good: #14804a; --bad: #b3261e; --c0: #1668c4; --c1: #c9590c; --c2: #14804a; --c3: #8f3fb3; --c4: #8a6d00; --c5: #0b7c86; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebf1; --soft: #9aa7b5; --line: #2c3641; --page: #11161c; --card: #1a2129;
  --good: #4fc98a; --bad: #ff8a80; --c0: #6cb2ff; --c1: #ff9e58; --c2: #5ad294; --c3: #d292f0; --c4: #e0c04c; --c5: #55c8d3; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 76rem; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; }
h1 { font-size: 1.7rem; margin: 0; } h2 { font-size: 1.15rem; margin: 0; } header p, section > p { margin: .2rem 0; color: var(--soft); }
header .verdict { font-size: 1.15rem; color: var(--ink); margin: .6rem 0; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.1rem 1.25rem; margin-top: 1.25rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; margin-top: .7rem; font-size: .92rem; }
th { text-align: left; font-weight: 600; color: var(--soft); } th, td { padding: .35rem .7rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.number { font-variant-numeric: tabular-nums; white-space: nowrap; } td small { color: var(--soft); }
.met { color: var(--good); font-weight: 600; white-space: nowrap; } .missed { color: var(--bad); font-weight: 600; white-space: nowrap; }
pre { white-space: pre-wrap; color: var(--bad); } .notes { color: var(--soft); font-size: .88rem; padding-left: 1.1rem; margin: .8rem 0 0; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); gap: 1rem 1.5rem; margin-top: 1rem; }
figure { margin: 0; max-width: 42rem; } figcaption { font-weight: 600; margin-bottom: .3rem; } svg { width: 100%; height: auto; display: block; }
svg text { fill: var(--soft); font-size: 12px; } svg .y { text-anchor: end; dominant-baseline: middle; } svg .x { text-anchor: middle; } svg .label { font-size: 12.5px; }
.grid { stroke: var(--line); } .axis { stroke: var(--soft); } .line { fill: none; stroke: var(--c); stroke-width: 2.2; stroke-linejoin: round; }
.area { fill: var(--c); opacity: .22; } rect, circle { fill: var(--c); }
.c0 { --c: var(--c0); } .c1 { --c: var(--c1); } .c2 { --c: var(--c2); } .c3 { --c: var(--c3); } .c4 { --c: var(--c4); } .c5 { --c: var(--c5); }
.legend { list-style: none; margin: .2rem 0 0; padding: 0 0 0 64px; display: flex; flex-wrap: wrap; gap: .1rem 1.1rem; font-size: .85rem; color: var(--soft); }
.legend li::before { content: ''; display: inline-block; width: .75em; height: .75em; border-radius: 2px; background: var(--c); margin-right: .45em; }
`;
