# SPDX-License-Identifier: MIT
"""The table's rates as a bar chart in SVG: medians, with the quartiles as a line across the end of each bar."""
from xml.sax.saxutils import escape

WIDTH, ROW, LEFT, TOP, RIGHT = 960, 30, 330, 70, 130
COLOURS = {"shaken302": "#1f6f8b", "other": "#9aa5ad"}


def bar(y, facts, key, scale):
    found, share = facts["calls_per_s"], facts["x_s"]
    colour = COLOURS["shaken302" if key.startswith("shaken302") else "other"]
    yield f'<text x="{LEFT - 10}" y="{y + 16}" text-anchor="end">{escape(facts["title"])}</text>'
    if found is None:
        yield f'<text x="{LEFT + 6}" y="{y + 16}" fill="#666">not measured</text>'
        return
    end, low, high = (LEFT + found[name] * scale for name in ("median", "low", "high"))
    yield f'<rect x="{LEFT}" y="{y + 3}" width="{end - LEFT:.1f}" height="18" fill="{colour}"/>'
    ends = f"M{low:.1f} {y + 8}v8M{high:.1f} {y + 8}v8"
    yield f'<path d="M{low:.1f} {y + 12}H{high:.1f}{ends}" stroke="#222" fill="none"/>'
    ratio = f' ({share["median"]:.2f} S)' if share else ""
    yield f'<text x="{max(end, high) + 8:.1f}" y="{y + 16}">{found["median"]:,.0f}{ratio}</text>'


def chart(table, title, subtitle):
    """The whole SVG as text."""
    highest = max((facts["calls_per_s"]["high"] for facts in table.values() if facts["calls_per_s"]), default=0) or 1
    scale = (WIDTH - LEFT - RIGHT) / highest
    height = TOP + ROW * len(table) + 20
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
             f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="13">',
             f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
             f'<text x="20" y="28" font-size="18">{escape(title)}</text>',
             f'<text x="20" y="50" fill="#666">{escape(subtitle)}</text>']
    for index, (key, facts) in enumerate(table.items()):
        lines += bar(TOP + ROW * index, facts, key, scale)
    return "\n".join([*lines, "</svg>", ""])
