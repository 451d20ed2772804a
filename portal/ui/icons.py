"""The icons: strokes on a 24 by 24 grid, always beside words, made once."""

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

STROKES = {
    "alert": '<path d="M12 3.5L2.5 20h19z"/><path d="M12 10v4.5M12 17.3h.01"/>',
    "bell": '<path d="M6 16V11a6 6 0 0112 0v5l1.5 2h-15zM10 20.5h4"/>',
    "building": '<path d="M4 21V6l8-3 8 3v15M2.5 21h19M10 21v-4h4v4M8.5 9.5h.01M12 9.5h.01M15.5 9.5h.01M8.5 13h.01M12 13h.01M15.5 13h.01"/>',
    "calendar": '<rect x="3.5" y="5" width="17" height="15.5" rx="2.5"/><path d="M3.5 10h17M8 3v4M16 3v4"/>',
    "check": '<path d="M5 13l4.5 4.5L19 7"/>',
    "clock": '<circle cx="12" cy="12" r="9"/><path d="M12 7v5l3.5 2"/>',
    "cross": '<path d="M6 6l12 12M18 6L6 18"/>',
    "done": '<circle cx="12" cy="12" r="9.5"/><path d="M7.5 12.5l3 3 6-6.5"/>',
    "flask": '<path d="M9 3h6M10 3v6l-5 9a2 2 0 001.8 3h10.4a2 2 0 001.8-3l-5-9V3M7.5 15h9"/>',
    "info": '<circle cx="12" cy="12" r="9.5"/><path d="M12 11v6M12 7.5h.01"/>',
    "left": '<path d="M15 5l-7 7 7 7"/>',
    "list": '<path d="M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01"/>',
    "person": '<circle cx="12" cy="8" r="4"/><path d="M4 21c.5-4.5 3.5-7 8-7s7.5 2.5 8 7"/>',
    "phone": '<path d="M6 3h3l1.5 4.5-2 1.5a12 12 0 006.5 6.5l1.5-2L21 15v3a3 3 0 01-3 3C10 21 3 14 3 6a3 3 0 013-3z"/>',
    "pin": '<path d="M12 21c4.5-4.6 7-8 7-11a7 7 0 10-14 0c0 3 2.5 6.4 7 11z"/><circle cx="12" cy="10" r="2.6"/>',
    "print": '<path d="M7 8V3.5h10V8M7 17H4.5A1.5 1.5 0 013 15.5v-5A2.5 2.5 0 015.5 8h13a2.5 2.5 0 012.5 2.5v5a1.5 1.5 0 01-1.5 1.5H17"/><path d="M7 14h10v6.5H7z"/>',
    "right": '<path d="M9 5l7 7-7 7"/>',
    "search": '<circle cx="10.5" cy="10.5" r="6.5"/><path d="M15.5 15.5L21 21"/>',
    "several": '<rect x="3.5" y="8" width="12.5" height="12.5" rx="2.5"/><path d="M8 8V6a2.5 2.5 0 012.5-2.5H18A2.5 2.5 0 0120.5 6v7.5A2.5 2.5 0 0118 16h-2"/>',
    "star": '<path d="M12 3.5l2.6 5.4 5.9.8-4.3 4.1 1.1 5.9L12 16.8l-5.3 2.9 1.1-5.9L3.5 9.7l5.9-.8z"/>',
    "stethoscope": '<path d="M6 3H4v5a4 4 0 008 0V3h-2M8 12v2.5a5.5 5.5 0 0011 0V13"/><circle cx="19" cy="10.5" r="2.3"/>',
    "swap": '<path d="M4 8h14l-3.5-3.5M20 16H6l3.5 3.5"/>',
    "tooth": '<path d="M7 3.5c2 0 3 1 5 1s3-1 5-1c3 0 3.5 3.5 2.5 6.5S18 20.5 16 20.5 14.5 14 12 14s-2 6.5-4 6.5-2.5-7-3.5-10.5S4 3.5 7 3.5z"/>',
    "video": '<rect x="2.5" y="6" width="13" height="12" rx="2.5"/><path d="M15.5 11l6-3.5v9l-6-3.5"/>',
}

ICONS: dict[str, SafeString] = {
    name: format_html(
        '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{}</svg>',
        mark_safe(strokes),  # noqa: S308 - written above, nobody else's text
    )
    for name, strokes in STROKES.items()
}
